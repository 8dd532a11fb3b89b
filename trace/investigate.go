package trace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/history"
	"losstracer/pricing"
	"losstracer/trace/flow"
	"losstracer/trace/incident"
	"losstracer/trace/label"
	"losstracer/trace/ledger"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// Source is one chain as an endpoint serves it.
type Source interface {
	chain.Source
	Open(ctx context.Context) (history.Identity, error)
	BlockByNumber(ctx context.Context, number uint64) (chain.Block, error)
	BlockAt(ctx context.Context, t time.Time) (chain.Block, error)
	Tx(ctx context.Context, hash common.Hash) (*chain.Tx, []chain.Transfer, error)
	Created(ctx context.Context, by common.Address, w chain.Window) ([]history.Creation, error)
	Forecast(ctx context.Context, accounts []common.Address, w chain.Window) (history.Forecast, error)
	Call(ctx context.Context, to common.Address, input []byte, block uint64) ([]byte, error)
	CrossCheck(ctx context.Context, h *chain.History, first string, percent int) (*chain.CrossCheck, error)
	Crossings(ctx context.Context, tx common.Hash) ([]chain.Crossing, error)
	Announced(ctx context.Context, c *chain.Crossing, until uint64) (chain.Arrival, error)
	Arrived(ctx context.Context, a chain.Arrival, departed time.Time, until uint64) (common.Hash, error)
}

// Endpoint is where a source is asked.
type Endpoint struct {
	Host   string // scheme and host
	Source Source
	// Prices returns the sources of prices on the chain that the endpoint
	// serves; nil for none. The book is the one that is being filled.
	Prices func(id history.Identity, book *pricing.Book) []pricing.Source
	// Sent returns what was sent to the endpoint so far; nil where nobody counts.
	Sent func() Requests
}

// Request is what an investigation starts from.
type Request struct {
	Tool         string
	Incident     *incident.Incident
	Endpoints    []Endpoint
	Prices       *pricing.Book    // known quotes; not written to
	PriceSources []pricing.Source // asked for what the book and the chains do not price
	PriceOrder   []string         // names of the sources to ask, in order; nil for all
	Tags         *label.Book      // who addresses are said to be; may be nil
	Notices      []string         // for the head of the report: what is known beforehand to be left out
	Override     Override
	Assurance    Assurance
}

// Investigate runs the whole way from the write-up to the case. Endpoints that
// fail and chains that cannot be looked at are told in the case; an error means
// that the run was cancelled.
func Investigate(ctx context.Context, r Request) (*Case, error) {
	plan := NewPlan(r.Incident, r.Override)
	run := &run{Request: r, plan: plan, c: &Case{Tool: r.Tool, Incident: r.Incident, Tokens: map[chain.AssetID]chain.TokenMeta{}}}
	for _, n := range r.Notices {
		run.warn("%s", n)
	}
	endpoints := open(ctx, r.Endpoints)
	for _, p := range plan.Chains {
		run.investigateChain(ctx, p, endpoints)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	for _, name := range plan.Foreign {
		run.c.Scopes = append(run.c.Scopes, ChainScope{Chain: name, Status: Unsupported, Detail: "not an EVM chain"})
	}
	if err := run.price(ctx); err != nil {
		return nil, err
	}
	run.conclude()
	if err := run.follow(ctx); err != nil {
		return nil, err
	}
	return run.c, nil
}

// follow shows where the stolen funds went as far as the case knows already;
// going further is a run of its own.
func (r *run) follow(ctx context.Context) error {
	result, err := Follow(ctx, FollowRequest{Case: r.c, Tags: r.Tags, Prices: r.Prices})
	if errors.Is(err, flow.ErrNothingToFollow) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("follow the funds: %w", err)
	}
	r.c.Flow = result
	return nil
}

// run is the state of one investigation.
type run struct {
	Request
	plan      Plan
	c         *Case
	transfers []chain.Transfer
	victims   []chain.Party
	others    []chain.Party // whom the write-up mentions without saying what they are
	outflows  []chain.Transfer
	linked    []linkedTx
	claims    []incident.Claim // of the write-up, with rates applied
	used      []opened         // endpoints that gave their chain's part
}

type opened struct {
	Endpoint
	id  history.Identity
	err error
}

func open(ctx context.Context, endpoints []Endpoint) []opened {
	list := make([]opened, 0, len(endpoints))
	for _, e := range endpoints {
		id, err := e.Source.Open(ctx)
		list = append(list, opened{e, id, err})
	}
	return list
}

// investigateChain pulls one chain of the plan and adds its scope to the case.
// Where an endpoint fails on the way, what it told is put aside, and the next
// one that serves the chain is asked from the beginning.
func (r *run) investigateChain(ctx context.Context, p ChainPlan, endpoints []opened) {
	able := serving(endpoints, p.Network.ID)
	if len(able) == 0 {
		scope := ChainScope{Chain: p.Network.Name, ChainID: p.Network.ID}
		scope.Status, scope.Detail, scope.Endpoint = unserved(endpoints, r.plan)
		r.c.Scopes = append(r.c.Scopes, scope)
		return
	}
	before, caseBefore := *r, *r.c
	for i, e := range able {
		scope := ChainScope{Chain: p.Network.Name, ChainID: p.Network.ID, Status: Checked, Endpoint: e.id.Host, Client: e.id.Client}
		for _, d := range Doubts(e.id) {
			r.warn("%s", d)
		}
		err := r.pull(ctx, p, e, &scope)
		if err == nil {
			err = r.crossCheck(ctx, &scope, able[i+1:])
		}
		if err == nil || ctx.Err() != nil || i+1 == len(able) {
			scope.fail(err)
			r.c.Scopes = append(r.c.Scopes, scope)
			r.used = append(r.used, e)
			return
		}
		warnings := r.c.Warnings
		*r, *r.c = before, caseBefore
		r.c.Warnings = warnings
		r.warn("%s: %s could not be used: %v", p.Network.Name, e.id.Host, err)
	}
}

// fail notes why a chain could not be looked at; nil leaves it as it is.
func (s *ChainScope) fail(err error) {
	if err == nil {
		return
	}
	s.Status, s.Detail = Failed, err.Error()
	if errors.Is(err, history.ErrNoHistory) {
		s.Status = NoHistory
	}
}

// serving returns the endpoints that opened and serve a chain, in the order in
// which they were given.
func serving(endpoints []opened, chainID uint64) []opened {
	return slices.DeleteFunc(slices.Clone(endpoints), func(o opened) bool { return o.err != nil || o.id.ChainID != chainID })
}

// unserved says why none of the endpoints serves a chain of the plan: one that
// failed might have, one of a chain that nobody asked about was meant to.
func unserved(endpoints []opened, plan Plan) (Status, string, string) {
	for _, o := range endpoints {
		if o.err != nil {
			return Failed, o.err.Error(), o.Host
		}
	}
	for _, o := range endpoints {
		if !slices.ContainsFunc(plan.Chains, func(p ChainPlan) bool { return p.Network.ID == o.id.ChainID }) {
			return WrongChain, "the endpoint serves " + o.id.Network.Name, o.Host
		}
	}
	return NoEndpoint, "no endpoint was given for it", ""
}

// Doubts says what speaks against an endpoint serving the chain that it says
// it serves. Local and forked chains are legitimate: a doubt stops nothing.
func Doubts(id history.Identity) []string {
	doubt := func(format string, args ...any) []string {
		return []string{id.Host + ": " + fmt.Sprintf(format, args...)}
	}
	switch {
	case id.NoGenesis != "":
		return doubt("block 0 could not be read (%s), so nothing shows that this is the real %s", id.NoGenesis, id.Network.Title)
	case !id.GenesisMatches:
		return doubt("block 0 is %s, not that of %s (%s): this is a local or forked chain", id.Genesis.Hex(), id.Network.Title, id.Network.Genesis.Hex())
	case !id.Listed:
		return doubt("chain %d is not in the table of known networks", id.ChainID)
	case id.Network.Genesis == (common.Hash{}):
		return doubt("the genesis hash of %s is not known here, so its identity rests on its chain id", id.Network.Title)
	}
	return nil
}

func (r *run) warn(format string, args ...any) {
	if w := fmt.Sprintf(format, args...); !slices.Contains(r.c.Warnings, w) {
		r.c.Warnings = append(r.c.Warnings, w)
	}
}

// pull reads the histories that a chain's part of the plan asks for.
func (r *run) pull(ctx context.Context, p ChainPlan, e opened, scope *ChainScope) error {
	w, why, err := Window(ctx, e.Source, e.id, r.Override, r.plan)
	if err != nil {
		return err
	}
	scope.Window, scope.WindowWhy = w, why
	if err := r.link(ctx, p, e.Source); err != nil {
		return err
	}
	attackers, err := r.attackers(ctx, p, e.Source, w)
	if err != nil {
		return err
	}
	r.victims = append(r.victims, p.Victims...)
	r.others = append(r.others, p.Candidates...)
	if attackers, err = r.pullRounds(ctx, attackers, e, scope); err != nil {
		return err
	}
	r.c.Attackers = append(r.c.Attackers, attackers...)
	if scope.End == (chain.Block{}) {
		if scope.End, err = e.Source.BlockByNumber(ctx, w.To); err != nil {
			return fmt.Errorf("end of the window: %w", err)
		}
	}
	if len(attackers) == 0 {
		r.warn("%s: the write-up names no attacker there, and none could be inferred", p.Network.Name)
	}
	if err := r.theftTxs(ctx, e.Source, p.Network.ID); err != nil {
		return err
	}
	return r.victimsOutflows(ctx, e.Source, p.Network.ID, w)
}

// created returns the contracts that parties made and that are not known yet.
func (r *run) created(ctx context.Context, s Source, parties, known []chain.Party, w chain.Window) ([]chain.Party, error) {
	var joined []chain.Party
	for _, p := range parties {
		made, err := s.Created(ctx, p.Account.Address, w)
		if err != nil {
			return nil, fmt.Errorf("contracts created by %s: %w", chain.Hex(p.Account.Address), err)
		}
		for _, m := range made {
			a := chain.Account{ChainID: p.Account.ChainID, Address: m.Address}
			at := func(o chain.Party) bool { return o.Account == a }
			if !slices.ContainsFunc(known, at) && !slices.ContainsFunc(joined, at) {
				joined = append(joined, chain.Party{Account: a, Basis: chain.Observed, Why: madeBy(m)})
			}
		}
	}
	return joined, nil
}

func madeBy(m history.Creation) string {
	if m.Tx == (common.Hash{}) {
		return "created by " + chain.Hex(m.By)
	}
	return "created by " + chain.Hex(m.By) + " in " + m.Tx.Hex()
}

// take adds a history to the case.
func (r *run) take(h *chain.History, scope *ChainScope, id history.Identity) {
	scope.End = h.End
	if id.Finalized != nil {
		final := h.End.Number <= *id.Finalized
		scope.Finalized = &final
	}
	r.transfers = chain.MergeTransfers(r.transfers, h.Transfers)
	r.c.Histories = append(r.c.Histories, h)
	r.c.Coverage = append(r.c.Coverage, h.Coverage...)
	r.c.Closure = append(r.c.Closure, h.Closure...)
	for asset, meta := range h.Tokens {
		r.c.Tokens[asset] = meta
	}
	for _, w := range h.Warnings {
		r.warn("%s: %s", scope.Chain, w)
	}
	if !slices.Contains(r.c.Evidence.VouchedBy, id.Host) {
		r.c.Evidence.VouchedBy = append(r.c.Evidence.VouchedBy, id.Host)
	}
}

func addresses(parties []chain.Party) []common.Address {
	list := make([]common.Address, 0, len(parties))
	for _, p := range parties {
		list = append(list, p.Account.Address)
	}
	return list
}

func accounts(parties []chain.Party) []chain.Account {
	list := make([]chain.Account, 0, len(parties))
	for _, p := range parties {
		list = append(list, p.Account)
	}
	return list
}

// conclude runs the stages that need no endpoint.
func (r *run) conclude() {
	c := r.c
	c.Book = ledger.Build(r.transfers)
	for _, u := range c.Book.Untied(c.Closure) {
		r.warn("the ledger does not tie to the history of %s in %s: please report this", chain.Hex(u.Address), u.Asset)
	}
	c.Statement = loss.Judge(r.lossInput(c.Attackers))
	c.TrialBalance = c.Book.TrialBalance(c.parties(), c.Closure)
	c.Result = reconcile.Compare(reconcile.Input{
		Claims: r.claims, Statement: c.Statement,
		Scopes: reconcileScopes(c.Scopes), Prices: r.Prices, Gaps: c.gaps(),
		Events: r.Incident.Timeline, Witnesses: r.witnesses(), Date: r.Incident.Date, Contracts: knownTokens(r.Tags),
	})
	c.Evidence.count(r.transfers)
	c.vouch(r.transfers)
	r.lostAnchors()
	c.Evidence.FactsDigest = factsDigest(c, r.transfers)
	c.Verdict = c.verdict()
}

// lossInput is what the judgement rests on, as far as it is known by now.
func (r *run) lossInput(attackers []chain.Party) loss.Input {
	in := loss.Input{
		Transfers: r.transfers, Tokens: r.c.Tokens, Attackers: attackers, Victims: r.victims, Candidates: r.others, Ignored: r.Override.Ignore,
		Closure: r.c.Closure, Beyond: r.c.Beyond, BeyondKnown: r.c.BeyondGap == "",
		Outflows: chain.MergeTransfers(r.outflows, r.moved(incident.TxUnknown), r.moved(incident.TxOther)),
		Prices:   r.Prices, Hints: hints(r.Incident), Tags: r.Tags, Targets: r.Incident.Targets,
		Thefts: r.moved(incident.TxTheft), Returns: r.moved(incident.TxReturn),
	}
	if day, err := time.Parse(time.DateOnly, r.Incident.Date); err == nil {
		in.ReportDay = day
	}
	return in
}

func hints(inc *incident.Incident) []loss.Hint {
	var list []loss.Hint
	for _, c := range inc.Claims {
		if c.Kind != incident.ClaimAsset {
			continue
		}
		h := loss.Hint{Symbol: reconcile.SymbolOf(c.Asset), Chain: c.Chain}
		if c.Quantity != nil {
			h.Quantity = &c.Quantity.Value
		}
		if c.USD != nil {
			h.USD = &c.USD.Value
		}
		for _, reading := range c.Readings {
			if h.Quantity == nil {
				h.Quantity = reading.Quantity
			}
		}
		list = append(list, h)
	}
	return list
}

// knownTokens lists the contracts that tags give the names of tokens. Bridged
// ones are called as what they stand for, too.
func knownTokens(tags *label.Book) map[reconcile.TokenName][]common.Address {
	known := map[reconcile.TokenName][]common.Address{}
	if tags == nil {
		return known
	}
	for _, t := range tags.Tags() {
		if t.Category != label.Token || t.Chain == 0 {
			continue
		}
		name := strings.ToUpper(t.Label)
		known[reconcile.TokenName{ChainID: t.Chain, Symbol: name}] = append(known[reconcile.TokenName{ChainID: t.Chain, Symbol: name}], t.Address)
		if plain, bridged := strings.CutSuffix(name, ".E"); bridged {
			known[reconcile.TokenName{ChainID: t.Chain, Symbol: plain}] = append(known[reconcile.TokenName{ChainID: t.Chain, Symbol: plain}], t.Address)
		}
	}
	return known
}

func reconcileScopes(scopes []ChainScope) []reconcile.Scope {
	codes := map[Status]reconcile.Code{
		NoEndpoint: reconcile.NoEndpoint, Unsupported: reconcile.UnsupportedChain, Failed: reconcile.NoEndpoint,
		WrongChain: reconcile.WrongChain, NoHistory: reconcile.IncompleteCoverage,
	}
	list := make([]reconcile.Scope, 0, len(scopes))
	for _, s := range scopes {
		list = append(list, reconcile.Scope{Chain: s.Chain, Checked: s.Status == Checked, Why: codes[s.Status], Detail: s.Detail})
	}
	return list
}

// gaps are what the measurement may lack on chains that were looked at: the first of
// each chain and kind of history.
func (c *Case) gaps() []reconcile.Gap {
	if len(c.Attackers) == 0 {
		return []reconcile.Gap{{Why: "no attacker's address is known"}}
	}
	var list []reconcile.Gap
	for _, cov := range c.Coverage {
		known := slices.ContainsFunc(list, func(g reconcile.Gap) bool { return g.ChainID == cov.ChainID && g.Scope == cov.Scope })
		if !cov.Complete && !known {
			list = append(list, reconcile.Gap{ChainID: cov.ChainID, Scope: cov.Scope, Why: fmt.Sprintf("the %s history of %s is not complete: %s", cov.Scope, chain.Hex(cov.Address), cov.Note)})
		}
	}
	if len(c.unpulled) > 0 {
		list = append(list, reconcile.Gap{Why: fmt.Sprintf("the history of %s was not looked at", chain.Hex(c.unpulled[0].Account.Address))})
	}
	if why := c.disagreement(); why != "" {
		list = append(list, reconcile.Gap{Why: why})
	}
	return list
}

// blockHashes finds the abbreviated hashes in reasons, which differ from block
// to block where the reason is the same.
var blockHashes = regexp.MustCompile(`[0-9a-f]{6}\.\.[0-9a-f]{6}`)

func (e *Evidence) count(transfers []chain.Transfer) {
	reasons := map[string]int{}
	for _, t := range transfers {
		if t.Site != chain.SiteLog {
			continue
		}
		if t.Proof.Proven() {
			e.Proven++
			continue
		}
		e.Unproven++
		reasons[blockHashes.ReplaceAllString(t.Proof.Why(), "…")]++
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		if why != "" {
			e.Why = append(e.Why, fmt.Sprintf("%s (%d)", why, reasons[why]))
		}
	}
	slices.Sort(e.VouchedBy)
}
