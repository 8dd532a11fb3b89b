package loss

import (
	"cmp"
	"iter"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/pricing"
)

// judged is a judgement under construction: an empty class is still open.
type judged struct {
	*Judgement
	asset *asset
	// origin is who stands behind the one that paid, where that one only passed
	// on what it was paid in the same tx; nil where it did not.
	origin *common.Address
	// with is what the attackers took out of the same hands in the same tx,
	// for what they put in there: both get one class.
	with    *judged
	in, out bool // relative to the attackers; both for movements among them
	own     bool // in a tx that an attacker sent
}

// group is the movements of one tx: those that stand together in the list of
// all, and what else it must have caused.
type group struct {
	from, to uint32 // in the list of all, to exclusive
	unseen   bool   // credits whose sender was not seen belong to it, too
	own      bool   // an attacker sent the tx
}

// asset is what is known of one asset.
type asset struct {
	meta   chain.TokenMeta
	symbol string // as compared
	priced bool
	came   big.Int         // base units that the attackers received so far
	most   big.Int         // of one movement to the attackers
	held   big.Int         // less what they gave away so far, from the opening balance
	quotes []pricing.Quote // of the time of the case
	answer answer          // what the book last said
	robbed bool            // victims are known to have paid it
	// paidOut counts movements out of the attackers' hands, by txs of their own as
	// far as these are known: anybody can log others.
	paidOut int
}

// answer is what a book says of an asset from one moment until before another.
type answer struct {
	quote       *pricing.Quote // nil where it has none
	from, until time.Time
}

// incident is the state of one judgement.
type incident struct {
	Input
	attackers      map[chain.Account]bool
	victims        map[chain.Account]chain.Party
	blamed         map[chain.Account]Rule // by which rule victims were inferred
	named          bool                   // victims come from the write-up
	feesKnown      bool                   // some tx shows what it cost an attacker, so senders can be told
	list           []Judgement
	all            []judged             // by index of list
	groups         []group              // canonical order
	order          []uint32             // all by time, where there are several chains; nil for their own order
	unseen         map[uint32][]*judged // by where the group begins that caused them
	assets         map[chain.AssetID]*asset
	symbols        map[string][]chain.AssetID   // by chain and symbol, of assets that moved
	ghosts         map[chain.Ref]bool           // events that moved nothing
	met            map[look]common.Address      // who dealt with the attackers so far, the first of each look that several have
	crossings      map[*judged]*judged          // what came in, by itself, that may be what was paid out on another chain
	firsts         map[int]*judged              // by hint, what came in first of as much as it claims; where that was asked
	thefts         map[common.Hash]bool         // txs that the write-up links as thefts
	returns        map[common.Hash]bool         // and as returns
	robbed         map[chain.Account]bool       // who gave too much in an exchange
	exchanges      map[chain.Account][]exchange // with victims
	leaks          []Judgement
	through        []*judged   // what came through hands that only passed it on
	charges        []Judgement // what lenders kept, as valued amounts
	remarks        []Remark
	drifts         []Remark // of tokens whose balances are not what their transfers add up to
	scratch        *big.Int
	issues         map[chain.AssetID]string // of which as much was issued to the attackers as is claimed, with the reason
	begins, ends   time.Time                // of the transfers
	unpaid         bool                     // nobody who is named was seen to pay
	first          time.Time                // of thefts from victims; zero without one
	last           time.Time
	pulledFromMany bool // people whom nobody names, by the attackers' own txs
}

func newCase(in Input) *incident {
	c := &incident{
		Input: in, attackers: map[chain.Account]bool{}, victims: map[chain.Account]chain.Party{}, blamed: map[chain.Account]Rule{},
		assets: map[chain.AssetID]*asset{}, symbols: map[string][]chain.AssetID{}, ghosts: map[chain.Ref]bool{}, robbed: map[chain.Account]bool{}, issues: map[chain.AssetID]string{}, met: map[look]common.Address{}, exchanges: map[chain.Account][]exchange{}, scratch: new(big.Int),
	}
	for _, p := range in.Attackers {
		if isAccount(p.Account.Address) {
			c.attackers[p.Account] = true
		}
	}
	for _, p := range in.Victims {
		if !c.attackers[p.Account] && isAccount(p.Account.Address) {
			c.victims[p.Account] = p
			c.named = true
		}
	}
	c.thefts, c.returns = txsOf(in.Thefts), txsOf(in.Returns)
	c.begins, c.ends = span(in.Transfers)
	c.list = make([]Judgement, 0, len(in.Transfers)) // never grown: all points into it
	c.all = make([]judged, 0, len(in.Transfers))
	for i := range in.Transfers {
		c.admit(&in.Transfers[i])
	}
	c.group()
	c.putInOrder()
	c.nameElsewhere()
	c.lookThrough()
	c.findGhosts()
	return c
}

// span returns the times of the first and the last of some transfers, on whatever
// chain they are; zero of none.
func span(list []chain.Transfer) (first, last time.Time) {
	if len(list) == 0 {
		return first, last
	}
	from, to := list[0].Time, list[0].Time
	for i := range list {
		from, to = min(from, list[i].Time), max(to, list[i].Time)
	}
	return unixTime(from), unixTime(to)
}

func txsOf(list []chain.Transfer) map[common.Hash]bool {
	txs := map[common.Hash]bool{}
	for i := range list {
		txs[list[i].Tx] = true
	}
	delete(txs, common.Hash{}) // of what happened outside any
	return txs
}

// admit takes a transfer in where it touches an attacker.
func (c *incident) admit(t *chain.Transfer) {
	from, sent := t.Sender()
	to, received := t.Recipient()
	j := judged{
		in:  received && c.attackers[chain.Account{ChainID: t.ChainID, Address: to}],
		out: sent && c.attackers[chain.Account{ChainID: t.ChainID, Address: from}],
	}
	if !j.in && !j.out {
		return
	}
	j.asset = c.asset(t.Asset)
	c.list = append(c.list, Judgement{Transfer: t, Incoming: j.in && !j.out, Value: c.follow(t, j.asset)})
	j.Judgement = &c.list[len(c.list)-1]
	c.feesKnown = c.feesKnown || t.Kind == chain.KindFee
	if j.in && !j.out && j.asset.most.Cmp(c.units(&j)) < 0 {
		j.asset.most.Set(c.scratch)
	}
	c.all = append(c.all, j)
}

// group gathers the movements of each tx, which stand together in canonical
// order. A credit that no method could see the sender of has no tx; where the
// attackers sent exactly one tx in its block, that tx is the only thing of
// theirs that can have caused it.
func (c *incident) group() {
	var txs []group
	c.unseen = map[uint32][]*judged{}
	blockStart := 0 // index in txs of the first group of the present block
	var lastTx common.Hash
	var lastChain, lastBlock uint64
	for i := range c.all {
		j := &c.all[i]
		t := j.Transfer
		if len(txs) == 0 || t.ChainID != lastChain || t.Block != lastBlock {
			blockStart, lastTx = len(txs), common.Hash{}
			lastChain, lastBlock = t.ChainID, t.Block
		}
		switch {
		case t.Tx != (common.Hash{}) && t.Tx == lastTx:
		case t.Kind == chain.KindUnseen && soleOwn(txs[blockStart:]) != nil:
			g := soleOwn(txs[blockStart:])
			g.unseen = true
			c.unseen[g.from] = append(c.unseen[g.from], j)
			continue
		default:
			txs = append(txs, group{from: uint32(i)})
			lastTx = t.Tx
		}
		g := &txs[len(txs)-1]
		g.to = uint32(i + 1)
		g.own = g.own || t.Kind == chain.KindFee
	}
	c.groups = txs
	for i := range txs {
		for j := range c.moves(&txs[i]) {
			j.own = txs[i].own
			if j.out && !j.in && (j.own || !c.feesKnown) {
				j.asset.paidOut++
			}
		}
	}
}

// byTime iterates over all movements in the order in which they happened: that of
// the chain, and between chains that of the blocks' times.
func (c *incident) byTime() iter.Seq[*judged] {
	return func(yield func(*judged) bool) {
		for i := range c.all {
			if c.order != nil {
				i = int(c.order[i])
			}
			if !yield(&c.all[i]) {
				return
			}
		}
	}
}

// putInOrder finds that order, where it is not the canonical one.
func (c *incident) putInOrder() {
	if n := len(c.all); n == 0 || c.all[0].Transfer.ChainID == c.all[n-1].Transfer.ChainID {
		return
	}
	c.order = make([]uint32, len(c.all))
	for i := range c.order {
		c.order[i] = uint32(i)
	}
	slices.SortStableFunc(c.order, func(a, b uint32) int { return cmp.Compare(c.all[a].Transfer.Time, c.all[b].Transfer.Time) })
}

// moves iterates over the movements of a group.
func (c *incident) moves(g *group) iter.Seq[*judged] {
	return func(yield func(*judged) bool) {
		for i := g.from; i < g.to; i++ {
			if !yield(&c.all[i]) {
				return
			}
		}
		if !g.unseen {
			return
		}
		for _, j := range c.unseen[g.from] {
			if !yield(j) {
				return
			}
		}
	}
}

func soleOwn(txs []group) *group {
	var sole *group
	for i := range txs {
		if !txs[i].own {
			continue
		}
		if sole != nil {
			return nil
		}
		sole = &txs[i]
	}
	return sole
}

// asset returns what is known of an asset, and notes that it occurs.
func (c *incident) asset(id chain.AssetID) *asset {
	if a, ok := c.assets[id]; ok {
		return a
	}
	return c.newAsset(id)
}

func (c *incident) newAsset(id chain.AssetID) *asset {
	a := &asset{meta: c.lookUp(id), priced: c.Prices.Has(pricing.Of(id))}
	if a.priced && len(c.Transfers) > 0 {
		a.quotes = c.Prices.Between(pricing.Of(id), c.begins.Add(-c.oldestQuote()), c.ends)
	}
	a.symbol = strings.ToUpper(a.meta.Symbol)
	c.assets[id] = a
	if a.symbol != "" {
		key := symbolKey(id.ChainID(), a.symbol)
		c.symbols[key] = append(c.symbols[key], id)
	}
	return a
}

func symbolKey(chainID uint64, symbol string) string {
	return new(big.Int).SetUint64(chainID).String() + " " + symbol
}

func (c *incident) lookUp(id chain.AssetID) chain.TokenMeta {
	if id.Kind() == chain.Native {
		n, _ := chain.NetworkByID(id.ChainID())
		return n.CoinMeta()
	}
	if m, ok := c.Tokens[id]; ok {
		return m
	}
	return c.Tokens[id.Collection()]
}

// value values what a transfer moved at its time.
func (c *incident) value(t *chain.Transfer) *Valuation {
	a := c.asset(t.Asset)
	q, ok := c.Prices.At(pricing.Of(t.Asset), unixTime(t.Time))
	if !ok || !a.meta.DecimalsKnown {
		return nil
	}
	return &Valuation{&q, &t.Units, a.meta.Decimals}
}

// oldestQuote is how old a quote may be by the rule of the book.
func (c *incident) oldestQuote() time.Duration {
	if c.Prices.MaxAge > 0 {
		return c.Prices.MaxAge
	}
	return pricing.DefaultMaxAge
}

// follow values transfers that come in order of time. What the book says
// changes only where a quote comes about or gets too old, so it is asked once
// for all that lies between.
func (c *incident) follow(t *chain.Transfer, a *asset) *Valuation {
	if !a.priced || !a.meta.DecimalsKnown {
		return nil
	}
	at := unixTime(t.Time)
	if at.Before(a.answer.from) || !at.Before(a.answer.until) {
		a.answer = c.ask(t.Asset, a, at)
	}
	if a.answer.quote == nil {
		return nil
	}
	return &Valuation{a.answer.quote, &t.Units, a.meta.Decimals}
}

func (c *incident) ask(id chain.AssetID, a *asset, at time.Time) answer {
	said := answer{from: at, until: at.Add(time.Second)}
	if q, ok := c.Prices.At(pricing.Of(id), at); ok {
		said.quote = &q
	}
	oldest := c.oldestQuote()
	next := sort.Search(len(a.quotes), func(i int) bool { return a.quotes[i].At.After(at) })
	ages := sort.Search(len(a.quotes), func(i int) bool { return !a.quotes[i].At.Add(oldest).Before(at) })
	switch {
	case ages < len(a.quotes) && next < len(a.quotes):
		said.until = earlier(a.quotes[next].At, a.quotes[ages].At.Add(oldest))
	case ages < len(a.quotes):
		said.until = a.quotes[ages].At.Add(oldest)
	}
	return said
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func unixTime(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

func (j *Judgement) settle(class Class, basis chain.Basis, why string) {
	j.Class, j.Basis, j.Why, j.Rule = class, basis, why, NoRule
}

// guess settles by a rule that can be wrong.
func (j *Judgement) guess(rule Rule, class Class, why string) {
	j.Class, j.Basis, j.Why, j.Rule = class, chain.Heuristic, why, rule
}

// settleAs settles as another movement was.
func (j *Judgement) settleAs(o *Judgement, before string) {
	j.Class, j.Basis, j.Why, j.Rule = o.Class, o.Basis, before+o.Why, o.Rule
}

func (j *judged) at() time.Time { return unixTime(j.Transfer.Time) }

// units returns what a movement moved, in base units, until the next call.
func (c *incident) units(j *judged) *big.Int {
	j.Transfer.Units.IntoBig(&c.scratch)
	return c.scratch
}

// counterparty is who is at the other end of a movement.
func (j *judged) counterparty() chain.Account {
	if j.out {
		return chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.To}
	}
	if j.origin != nil {
		return chain.Account{ChainID: j.Transfer.ChainID, Address: *j.origin}
	}
	return chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.From}
}

// words writes an amount for a reason.
func (c *incident) words(a chain.Amount) string {
	known := c.asset(a.Asset())
	symbol := chain.Printable(known.meta.Symbol, 24)
	if symbol == "" {
		symbol = a.Asset().String()
	}
	return pricing.Whole(a.Units(), known.meta.Decimals).RoundBank(4).String() + " " + symbol
}
