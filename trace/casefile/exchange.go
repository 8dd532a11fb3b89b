package casefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"losstracer/chain/ethrpc"
)

const (
	findExchange = `SELECT id, refused, sha256, size, response FROM exchange
WHERE endpoint = ? AND call = ? AND id > ? AND id <= ? ORDER BY id DESC LIMIT 1`
	keepExchange = `INSERT INTO exchange (endpoint, session, call, moving, refused, time, sha256, size, method, params, response)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// Everything is the number of no exchange: it is higher than that of any.
const Everything = math.MaxInt64

// view is what is seen of an endpoint's exchanges: those after a row, for calls
// whose answer moves after another, and up to a third.
type view struct {
	endpoint              int64
	validFrom, movingFrom int64
	upto                  int64
	session               int64 // failures of later ones are not seen
}

func (v view) from(moving bool) int64 {
	if moving {
		return max(v.validFrom, v.movingFrom)
	}
	return v.validFrom
}

// refusal is how an *ethrpc.RPCError is stored.
type refusal struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// stored is one answer of the case.
type stored struct {
	id      int64
	refused bool
	sha     []byte
	body    []byte
}

// answer turns what is stored back into what the endpoint said.
func (s *stored) answer(method string) (json.RawMessage, error) {
	if !s.refused {
		return s.body, nil
	}
	var r refusal
	if err := json.Unmarshal(s.body, &r); err != nil {
		return nil, fmt.Errorf("%w: refusal of exchange %d: %w", ErrDamaged, s.id, err)
	}
	return nil, &ethrpc.RPCError{Method: method, Code: r.Code, Message: r.Message, Data: r.Data}
}

func callDigest(method, params string) []byte {
	sum := sha256.Sum256([]byte(method + " " + params))
	return sum[:]
}

// split returns a call's method and its parameters as text.
func split(c ethrpc.Call) (method, params string, err error) {
	key, err := c.Key()
	if err != nil {
		return "", "", err
	}
	return c.Method, strings.TrimPrefix(key, c.Method+" "), nil
}

// lookUp returns the answer that stands in the view, nil where there is none.
func (f *File) lookUp(v view, call []byte, moving bool) (*stored, error) {
	var (
		s      stored
		size   int64
		packed []byte
	)
	row := f.find.QueryRowContext(context.Background(), v.endpoint, call, v.from(moving), v.upto)
	err := scan(row, &s.id, &s.refused, &s.sha, &size, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.body, err = f.unpack(packed, size); err != nil {
		return nil, fmt.Errorf("exchange %d: %w", s.id, err)
	}
	if sum := sha256.Sum256(s.body); !bytes.Equal(sum[:], s.sha) {
		return nil, &DigestError{What: fmt.Sprintf("the response of exchange %d", s.id)}
	}
	return &s, nil
}

// store keeps an exchange, unless the same answer is what stands already.
func (f *File) store(v view, e ethrpc.Exchange) error {
	method, params, err := split(e.Call)
	if err != nil {
		return err
	}
	body := []byte(e.Result)
	if e.Error != nil {
		if body, err = json.Marshal(refusal{e.Error.Code, e.Error.Message, valid(e.Error.Data)}); err != nil {
			return fmt.Errorf("refusal of %s: %w", method, err)
		}
	}
	sum := sha256.Sum256(body)
	packed := f.pack(body)
	call := callDigest(method, params)

	f.mu.Lock()
	defer f.mu.Unlock()
	standing, err := f.lookUp(v, call, e.Moving)
	if err != nil {
		return err
	}
	if standing != nil && standing.refused == (e.Error != nil) && bytes.Equal(standing.sha, sum[:]) {
		return nil
	}
	_, err = f.keep.ExecContext(context.Background(), v.endpoint, f.session, call, e.Moving, e.Error != nil,
		e.Time.UTC().Format(timeLayout), sum[:], len(body), method, params, packed)
	return err
}

// valid returns data where it is JSON, which an endpoint's words need not be.
func valid(data json.RawMessage) json.RawMessage {
	if !json.Valid(data) {
		return nil
	}
	return data
}

// end returns the view of what is known of a host's chain, and adds the two to
// the case where they are new.
func (f *File) end(ctx context.Context, chainID uint64, host string) (view, error) {
	return f.endOf(ctx, strconv.FormatUint(chainID, 10), host)
}

// endOf does it for a chain, or a price service, by the name that it has in the
// case.
func (f *File) endOf(ctx context.Context, id, host string) (view, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := view{upto: Everything, session: Everything}
	const find = "SELECT id, valid_from, moving_from FROM endpoint WHERE chain_id = ? AND host = ?"
	err := scan(f.db.QueryRowContext(ctx, find, id, host), &v.endpoint, &v.validFrom, &v.movingFrom)
	if !errors.Is(err, sql.ErrNoRows) {
		return v, err
	}
	result, err := f.db.ExecContext(ctx, "INSERT INTO endpoint (chain_id, host) VALUES (?, ?)", id, host)
	if err != nil {
		return v, err
	}
	v.endpoint, err = result.LastInsertId()
	return v, err
}

// chainsOf returns the chains that the case has from a host.
func (f *File) chainsOf(ctx context.Context, host string) ([]uint64, error) {
	ends, err := f.ends(ctx)
	if err != nil {
		return nil, err
	}
	var list []uint64
	for _, e := range ends {
		if e.Host == host {
			list = append(list, e.ChainID)
		}
	}
	return list, nil
}

// ends returns the endpoints of chains, in the order in which they came.
func (f *File) ends(ctx context.Context) ([]Endpoint, error) {
	rows, err := f.db.QueryContext(ctx, "SELECT chain_id, host, valid_from, moving_from FROM endpoint WHERE chain_id NOT LIKE 'web:%' ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Endpoint
	for rows.Next() {
		var e Endpoint
		var id string
		if err := scan(rows, &id, &e.Host, &e.ValidFrom, &e.MovingFrom); err != nil {
			return nil, err
		}
		if e.ChainID, err = strconv.ParseUint(id, 10, 64); err != nil {
			return nil, fmt.Errorf("%w: chain id %q", ErrDamaged, id)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// last returns the number of the exchange that was kept last.
func (f *File) last(ctx context.Context) (int64, error) {
	var id int64
	err := scan(f.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM exchange"), &id)
	return id, err
}

// Seal is what the case held at a moment.
type Seal struct {
	Upto      int64  // number of the last exchange
	Digest    string // over all up to there
	Responses int    // how many they are
}

// Seal returns what the case holds now.
func (f *File) Seal(ctx context.Context) (s Seal, err error) {
	if s.Upto, err = f.last(ctx); err != nil {
		return s, told(f.path, err)
	}
	s.Digest, s.Responses, err = f.Digest(ctx, s.Upto)
	return s, err
}

// Digest returns the digest of the exchanges up to the one with the number
// upto, and how many they are. It covers who was asked what, when, and what
// came back, and does not depend on the order of the answers.
func (f *File) Digest(ctx context.Context, upto int64) (digest string, responses int, err error) {
	rows, err := f.db.QueryContext(ctx, `SELECT chain_id, host, method, params, refused, time, sha256
FROM exchange JOIN endpoint ON endpoint.id = exchange.endpoint WHERE exchange.id <= ?`, upto)
	if err != nil {
		return "", 0, told(f.path, err)
	}
	defer rows.Close()
	var digests [][sha256.Size]byte
	for rows.Next() {
		var (
			chainID, host, method, params, time string
			refused                             bool
			sum                                 []byte
		)
		if err := scan(rows, &chainID, &host, &method, &params, &refused, &time, &sum); err != nil {
			return "", 0, told(f.path, err)
		}
		line := fmt.Sprintf("%s %s %s %s %t %s %x\n", chainID, host, method, params, refused, time, sum)
		digests = append(digests, sha256.Sum256([]byte(line)))
	}
	if err := rows.Err(); err != nil {
		return "", 0, told(f.path, err)
	}
	slices.SortFunc(digests, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	all := sha256.New()
	for i := range digests {
		all.Write(digests[i][:]) // a hash never fails to write
	}
	return "sha256:" + hex.EncodeToString(all.Sum(nil)), len(digests), nil
}
