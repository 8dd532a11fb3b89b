package trace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/chain/history"
	"losstracer/pricing"
	"losstracer/trace/flow"
	"losstracer/trace/incident"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// FollowRequest says what funds to follow, and with what.
type FollowRequest struct {
	Policy   flow.Policy
	Backward bool
	Limits   flow.Limits

	// Case, where there is one, gives the stolen amounts and what is known
	// already. Sources are followed beside it, or alone.
	Case    *Case
	Sources []common.Address

	Endpoints []Endpoint   // asked for what is not known; none: what is known is all there is
	Record    *flow.Record // imported transfers; may be nil
	Tags      *label.Book
	Notices   []string // for the head of the result: what is known beforehand to be left out
	// Prices come first. What they lack the chains of endpoints are asked for,
	// then PriceSources, in the order of PriceOrder, as in [Request].
	Prices       *pricing.Book
	PriceSources []pricing.Source
	PriceOrder   []string
	Override     Override // the window, for sources without a case
	Opened       func(flow.Opening)
}

// ErrNoTransfers is returned for addresses to follow in an import of nothing.
var ErrNoTransfers = errors.New("there is not one transfer to follow funds through")

// Follow follows funds onward from a case, or from addresses, over bridges to
// the chains of other endpoints. Endpoints that fail are told in the result's
// warnings.
func Follow(ctx context.Context, r FollowRequest) (*flow.Result, error) {
	f := r.start()
	book := r.Prices
	if r.Case != nil && r.Case.Quotes != nil {
		book = r.Case.Quotes
	}
	q := &quoter{ctx: ctx, book: book.Clone(), asked: map[quoteKey]bool{}, barren: map[chain.AssetID]int{}}
	known := &learnt{record: f.Record, tokens: map[chain.AssetID]chain.TokenMeta{}, code: map[flow.Account]bool{}}
	for _, h := range f.Histories {
		known.take(h)
	}
	q.meta = known.meta
	sources, warnings, err := r.reach(ctx, &f, known, q)
	if err != nil {
		return nil, err
	}
	if err := r.bound(&f); err != nil {
		return nil, err
	}
	if len(f.Sources)+len(f.Stolen) == 0 && len(r.Sources) > 0 {
		if len(r.Endpoints) > 0 {
			return nil, fmt.Errorf("no endpoint could be asked: %s", strings.Join(warnings, "; "))
		}
		return nil, ErrNoTransfers
	}
	if len(sources) > 0 {
		f.Bridges = crossings{sources: sources, windows: f.Windows}
		f.Freezes = &freezes{sources: sources, windows: f.Windows, known: map[freezeKey]bool{}}
	}
	q.clocks = sources
	f.Value = q.value
	f.IsContract = known.isContract
	result, err := flow.Trace(ctx, f)
	if result != nil {
		result.Warnings = slices.Concat(r.Notices, warnings, q.told, result.Warnings)
	}
	return result, err
}

// start is what the flow starts from before anybody is asked: what was imported,
// what the case has, and who is said to be who.
func (r FollowRequest) start() flow.Request {
	f := flow.Request{
		Policy: r.Policy, Backward: r.Backward, Limits: r.Limits, Record: r.Record, Opened: r.Opened,
		Historians: map[uint64]flow.Historian{}, TxReaders: map[uint64]flow.TxReader{}, Windows: map[uint64]chain.Window{},
	}
	if f.Record == nil {
		f.Record = &flow.Record{}
	}
	tags := &label.Book{}
	if r.Tags != nil {
		tags.Add(r.Tags.Tags()...)
	}
	if r.Case != nil {
		for _, h := range r.Case.Histories {
			f.Historians[h.ChainID], f.Windows[h.ChainID] = unasked{}, h.Window
		}
		f.Histories = r.Case.Histories
		f.Stolen = stolen(r.Case)
		tags.Add(mentioned(r.Case)...)
	}
	tags.Add(named(f.Record, tags)...)
	tags.Add(bridgeTags(tags)...)
	f.Tags = tagger{tags}
	return f
}

// ErrBlocksOfChains is returned for a window in blocks where an import, alone or with
// the case and the endpoints, is of several chains: none of them is said.
var ErrBlocksOfChains = errors.New("a block bounds the transfers of one chain, and these are of several")

// bound bounds what is looked at of an import. Endpoints are asked for the window
// alone.
func (r FollowRequest) bound(f *flow.Request) error {
	if f.Record.Len() == 0 {
		return nil
	}
	from, to := r.Override.From, r.Override.To
	chains := slices.AppendSeq(f.Record.Chains(), maps.Keys(f.Windows))
	slices.Sort(chains)
	several := len(slices.Compact(chains)) > 1
	for _, b := range []*Bound{from, to} {
		if b != nil && b.Time.IsZero() && several {
			return ErrBlocksOfChains
		}
	}
	switch {
	case from == nil:
	case from.Time.IsZero():
		f.FirstBlock = from.Block
	default:
		f.FirstTime = uint64(max(from.Time.Unix(), 0))
	}
	switch {
	case to == nil:
	case to.Time.IsZero():
		f.Limits.LastBlock = to.Block
	default:
		f.Limits.Horizon = uint64(max(to.Time.Unix(), 1))
	}
	return nil
}

// stolen turns the thefts of a case into amounts to follow: what was taken in a
// tx, less what the attackers paid in on the way. That comes off what its payee
// gave, and what is left of it off what others gave in the tx.
func stolen(c *Case) []flow.Theft {
	type inTx struct {
		chainID uint64
		tx      common.Hash
		asset   chain.AssetID
	}
	var thefts []flow.Theft
	var paidIn []*chain.Transfer
	of := map[inTx][]int{} // thefts
	for i := range c.Statement.Judgements {
		j := &c.Statement.Judgements[i]
		if j.Class != loss.Theft {
			continue
		}
		t := j.Transfer
		if j.PaidIn() {
			paidIn = append(paidIn, t)
			continue
		}
		at := inTx{t.ChainID, t.Tx, t.Asset}
		of[at] = append(of[at], len(thefts))
		thefts = append(thefts, flow.Theft{ChainID: t.ChainID, Tx: t.Tx, From: t.From, To: t.To, Asset: t.Asset, Units: t.Units})
	}
	for _, p := range paidIn {
		left := p.Units
		for _, byPayee := range []bool{true, false} {
			for _, i := range of[inTx{p.ChainID, p.Tx, p.Asset}] {
				if (thefts[i].From == p.To) == byPayee {
					takeOff(&thefts[i].Units, &left)
				}
			}
		}
	}
	return slices.DeleteFunc(thefts, func(t flow.Theft) bool { return t.Units.IsZero() })
}

// takeOff takes of what is left as much off units as they have.
func takeOff(units, left *uint256.Int) {
	off := *left
	if off.Gt(units) {
		off = *units
	}
	units.Sub(units, &off)
	left.Sub(left, &off)
}

// reach opens the endpoints and gives each chain its historian and window, and
// the quoter whom to ask for prices. Sources, which are without a chain of their
// own, are looked for on every one of them and on those of the import.
func (r FollowRequest) reach(ctx context.Context, f *flow.Request, l *learnt, q *quoter) (sources map[uint64]Source, warnings []string, err error) {
	sources = map[uint64]Source{}
	var onChain []pricing.Source
	for _, e := range r.Endpoints {
		id, err := e.Source.Open(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil, nil, err
			}
			warnings = append(warnings, err.Error())
			continue
		}
		warnings = append(warnings, Doubts(id)...)
		if sources[id.ChainID] != nil {
			warnings = append(warnings, fmt.Sprintf("%s: another endpoint of %s is asked; this one is not", id.Host, networkName(id.ChainID)))
			continue
		}
		w, err := r.windowOf(ctx, e.Source, id)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", id.Host, err)
		}
		if o := (opened{Endpoint: e, id: id}); o.tellsPrices() {
			onChain = append(onChain, e.Prices(id, q.book)...)
		}
		sources[id.ChainID] = e.Source
		f.Historians[id.ChainID], f.TxReaders[id.ChainID], f.Windows[id.ChainID] = learner{e.Source, l}, txReader{e.Source}, w
		for _, a := range r.Sources {
			f.Sources = append(f.Sources, flow.Account{ChainID: id.ChainID, Address: a})
		}
	}
	q.sources = append([]pricing.Source{pricing.Wrapped(q.book)}, chosen(r.PriceOrder, append(onChain, r.PriceSources...))...)
	for _, a := range r.Sources {
		for _, id := range f.Record.Chains() {
			if sources[id] == nil {
				f.Sources = append(f.Sources, flow.Account{ChainID: id, Address: a})
			}
		}
	}
	return sources, warnings, nil
}

func (r FollowRequest) windowOf(ctx context.Context, s Source, id history.Identity) (chain.Window, error) {
	if r.Case != nil {
		for _, scope := range r.Case.Scopes {
			if scope.ChainID == id.ChainID && scope.Status == Checked {
				return scope.Window, nil
			}
		}
	}
	w, _, err := Window(ctx, s, id, r.Override, Plan{})
	return w, err
}

// unasked stands for the endpoint of a chain on which the trace is not to go
// further than the case: what lies beyond is then open, not empty.
type unasked struct{}

var errUnasked = errors.New("verify does not ask for it; losstracer trace follows further")

func (unasked) History(context.Context, chain.Query) (*chain.History, error) { return nil, errUnasked }

// txReader shows a source to the flow as a reader of txs. What its frames
// moved is left out where they cannot be had.
type txReader struct{ Source }

func (r txReader) Transaction(ctx context.Context, hash common.Hash) ([]chain.Transfer, error) {
	_, transfers, err := r.Tx(ctx, hash)
	if errors.Is(err, history.ErrNoFrames) {
		err = nil
	}
	return transfers, err
}

// mentioned turns what a write-up says of services into tags.
func mentioned(c *Case) []label.Tag {
	var tags []label.Tag
	for _, a := range c.Incident.Addresses {
		address, err := chain.ParseAddress(a.Address)
		if err != nil || a.Role != incident.RoleService {
			continue
		}
		n, _ := chain.NetworkByName(a.Chain)
		tags = append(tags, label.Tag{
			Chain: n.ID, Address: address, Label: chain.Printable(a.Why, 80), Category: label.Other,
			Source: fmt.Sprintf("%s, line %d", c.Incident.File, a.Pos.Line), Confidence: 50,
		})
	}
	return tags
}

// named turns what imports say of accounts into tags. A file may name anybody anything,
// and from a name alone it is a guess what kind of party is meant: half sure. It ends
// no trace at an account that the book, or another name, calls a thief's.
func named(r *flow.Record, book *label.Book) []label.Tag {
	names, given := book.Names(), r.Names()
	thieves := map[flow.Account]bool{}
	for _, n := range given {
		thieves[n.Account] = thieves[n.Account] || isThief(names.Category(n.Label)) ||
			slices.ContainsFunc(book.Lookup(n.Account.ChainID, n.Account.Address), func(t label.Tag) bool { return isThief(t.Category) })
	}
	var tags []label.Tag
	for _, n := range given {
		category := names.Category(n.Label)
		if thieves[n.Account] && !isThief(category) {
			category = label.Other
		}
		tags = append(tags, label.Tag{
			Chain: n.Account.ChainID, Address: n.Account.Address, Label: n.Label, Category: category, Source: n.Source, Confidence: 50,
		})
	}
	return tags
}

func isThief(c label.Category) bool { return c == label.Attacker || c == label.Phishing }

// tagger shows a book of tags to the flow.
type tagger struct{ book *label.Book }

func (t tagger) Tags(chainID uint64, a common.Address) []flow.Tag {
	var tags []flow.Tag
	for _, tag := range t.book.Lookup(chainID, a) {
		tags = append(tags, flow.Tag{
			Label: tag.Label, Category: string(tag.Category), Source: tag.Source, Confidence: tag.Confidence, From: tag.From, Until: tag.Until, Person: tag.ListsPerson(),
		})
	}
	return tags
}

// learnt is what histories say of tokens and of who carries code, those that
// are pulled on the way with them.
type learnt struct {
	record *flow.Record
	tokens map[chain.AssetID]chain.TokenMeta
	code   map[flow.Account]bool
}

func (l *learnt) take(h *chain.History) {
	for asset, meta := range h.Tokens {
		l.tokens[asset] = meta
	}
	for a, is := range h.Contracts {
		l.code[flow.Account{ChainID: h.ChainID, Address: a}] = is
	}
}

func (l *learnt) meta(asset chain.AssetID) (chain.TokenMeta, bool) {
	if asset.Kind() == chain.Native {
		n, _ := chain.NetworkByID(asset.ChainID())
		return n.CoinMeta(), true
	}
	if m, ok := l.tokens[asset]; ok {
		return m, true
	}
	return l.record.Meta(asset)
}

func (l *learnt) isContract(a flow.Account) (is, known bool) {
	is, known = l.code[a]
	return is, known
}

// learner hands on histories and learns from them.
type learner struct {
	from flow.Historian
	l    *learnt
}

// History implements [flow.Historian].
func (r learner) History(ctx context.Context, q chain.Query) (*chain.History, error) {
	h, err := r.from.History(ctx, q)
	if h != nil {
		r.l.take(h)
	}
	return h, err
}
