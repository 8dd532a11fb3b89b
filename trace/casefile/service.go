package casefile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"losstracer/chain/ethrpc"
	"losstracer/pricing"
)

// webPrefix stands before the name of a price service where an endpoint has
// its chain.
const webPrefix = "web:"

// Service stands between a price service and one run that asks it. It is the
// [pricing.Record] of the run. Pages that are answers are exchanges of the
// case, with GET as their method; why there was none is a failure. It may be
// used by several goroutines.
type Service struct {
	f       *File
	end     Endpoint
	view    view
	offline bool

	mu      sync.Mutex
	fatal   error
	missing error // the first of them
	lacking int
}

// Service returns a link to the price service of that name at a host, which is
// added to the case where it is new. With update nothing that is known stands:
// a service may have learnt of an asset since, or revised what it says.
func (f *File) Service(ctx context.Context, name, host string, update bool) (*Service, error) {
	v, err := f.endOf(ctx, webPrefix+name, host)
	if err == nil && update {
		if v.movingFrom, err = f.last(ctx); err == nil {
			_, err = f.db.ExecContext(ctx, "UPDATE endpoint SET moving_from = ? WHERE id = ?", v.movingFrom, v.endpoint)
		}
	}
	if err != nil {
		return nil, told(f.path, err)
	}
	return &Service{f: f, view: v, end: Endpoint{Host: host, Service: name, MovingFrom: v.movingFrom}}, nil
}

// Again returns a link for another run.
func (s *Service) Again() *Service {
	return &Service{f: s.f, end: s.end, view: s.view, offline: s.offline}
}

// OfflineServices links the price services that the case has to nobody. Those
// of the run, which may be nil, come first.
func (f *File) OfflineServices(ctx context.Context, run *Run) ([]*Service, error) {
	rows, err := f.db.QueryContext(ctx, "SELECT chain_id, host, moving_from FROM endpoint WHERE chain_id LIKE 'web:%' ORDER BY id")
	if err != nil {
		return nil, told(f.path, err)
	}
	defer rows.Close()
	var ends []Endpoint
	for rows.Next() {
		var e Endpoint
		if err := scan(rows, &e.Service, &e.Host, &e.MovingFrom); err != nil {
			return nil, told(f.path, err)
		}
		e.Service = strings.TrimPrefix(e.Service, webPrefix)
		if run != nil && slices.ContainsFunc(run.Endpoints, func(o Endpoint) bool { return o.Service == e.Service && o.Host == e.Host }) {
			ends = slices.Insert(ends, 0, e)
			continue
		}
		ends = append(ends, e)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, told(f.path, err)
	}
	return f.replayServices(ctx, ends, Everything, Everything)
}

// ReplayServices links a run to what price services told it, and to nothing
// that came later.
func (f *File) ReplayServices(ctx context.Context, run *Run) ([]*Service, error) {
	upto, session := run.saw()
	return f.replayServices(ctx, run.Endpoints, upto, session)
}

func (f *File) replayServices(ctx context.Context, ends []Endpoint, upto, session int64) ([]*Service, error) {
	var list []*Service
	for _, e := range ends {
		if e.Service == "" {
			continue
		}
		s := &Service{f: f, end: e, offline: true}
		s.view.movingFrom, s.view.upto, s.view.session = e.MovingFrom, upto, session
		const find = "SELECT id FROM endpoint WHERE chain_id = ? AND host = ?"
		if err := scan(f.db.QueryRowContext(ctx, find, webPrefix+e.Service, e.Host), &s.view.endpoint); err != nil {
			return nil, told(f.path, fmt.Errorf("%w: price service %s of the run: %w", ErrDamaged, e.Host, err))
		}
		list = append(list, s)
	}
	return list, nil
}

// Name returns the name of the service.
func (s *Service) Name() string { return s.end.Service }

// Endpoint returns what the case has to know to do the same again.
func (s *Service) Endpoint() Endpoint { return s.end }

// get is the call under which a page is kept.
func get(path string) ethrpc.Call { return ethrpc.Call{Method: http.MethodGet, Params: []any{path}} }

// Find implements [pricing.Record].
func (s *Service) Find(_ context.Context, host, path string) (pricing.Page, bool, error) {
	page := pricing.Page{Host: host, Path: path, Status: http.StatusOK}
	method, params, err := split(get(path))
	if err != nil {
		return page, false, err
	}
	known, err := s.f.locked(s.view, callDigest(method, params), true)
	switch {
	case err != nil:
		return page, false, s.fail(err)
	case known == nil:
		return s.failed(page)
	case !known.refused:
		page.Body = known.body
		return page, true, nil
	}
	var r refusal
	if err := json.Unmarshal(known.body, &r); err != nil {
		return page, false, s.fail(fmt.Errorf("%w: refusal of exchange %d: %w", ErrDamaged, known.id, err))
	}
	page.Status, page.Body = r.Code, []byte(r.Message)
	return page, true, nil
}

// failed returns the page that says why there is no answer.
func (s *Service) failed(page pricing.Page) (pricing.Page, bool, error) {
	known, err := s.f.lastFailure(s.view, failureName(page.Path))
	switch {
	case err != nil:
		return page, false, s.fail(err)
	case known == nil:
		if s.offline {
			s.lacks(page)
		}
		return page, false, nil
	}
	page.Status, page.Body = known.Status, []byte(known.Text)
	return page, true, nil
}

func failureName(path string) string { return http.MethodGet + " " + path }

// Keep implements [pricing.Record].
func (s *Service) Keep(_ context.Context, p pricing.Page) error {
	if !p.Answer() {
		return s.fail(s.f.storeFailureAs(s.view, failureName(p.Path), failure{Text: text(p.Body), Status: p.Status}))
	}
	e := ethrpc.Exchange{Host: p.Host, Call: get(p.Path), Result: p.Body, Time: p.Time, Moving: true}
	if p.Status != http.StatusOK {
		e.Error = &ethrpc.RPCError{Code: p.Status, Message: text(p.Body)}
	}
	return s.fail(s.f.store(s.view, e))
}

// longestRefusal bounds what is kept of a page that holds no price.
const longestRefusal = 4096

// text is what JSON can hold of a page.
func text(body []byte) string {
	if len(body) > longestRefusal {
		body = body[:longestRefusal]
	}
	if utf8.Valid(body) {
		return string(body)
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}

// fail remembers an error and returns it in our words.
func (s *Service) fail(err error) error {
	if err = told(s.f.path, err); err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fatal == nil {
		s.fatal = err
	}
	return err
}

// Err returns the first error for which the case could not be read or written.
// The result of the run means nothing then.
func (s *Service) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fatal
}

func (s *Service) lacks(p pricing.Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lacking++; s.missing == nil {
		s.missing = fmt.Errorf("%s%.200s: %w", p.Host, p.Path, pricing.ErrNotRecorded)
	}
}

// Missing returns how many pages were wanted that the case does not have, and
// the first of them as an error that is [pricing.ErrNotRecorded].
func (s *Service) Missing() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lacking, s.missing
}

var _ pricing.Record = (*Service)(nil)
