package flow

import (
	"math"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// The contract that wraps a chain's coin issues the token one to one for coins
// that it is paid, and pays coins for the token. It writes no Transfer event
// when it does, so that exports of transfers have the coins and not the token,
// and the funds would seem to rest at the contract.

// completeWraps adds to the txs of imports what the wrapping contract issued and
// took back, where the export has the coins alone. Rows without a hash stand by
// themselves and cannot be completed.
func (r *Record) completeWraps() {
	for _, id := range slices.Clone(r.chains) {
		n, _ := chain.NetworkByID(id)
		contract, known := r.find(Account{id, n.Wrapped})
		if n.Wrapped == (common.Address{}) || !known {
			continue
		}
		w := &wrapper{record: r, contract: contract, coin: r.asset(n.Coin()), token: r.asset(chain.Token(id, n.Wrapped))}
		if w.complete(); len(w.missing) > 0 {
			r.Wraps += len(w.missing)
			meta := n.CoinMeta()
			meta.Symbol = "W" + meta.Symbol
			r.Describe(chain.Token(id, n.Wrapped), meta)
		}
	}
}

type wrapper struct {
	record      *Record
	contract    uint32
	coin, token uint32
	missing     []missing
	dealt       []wrapped
}

// missing is a row and the place before which it belongs.
type missing struct {
	at  int
	row row
}

// wrapped is what one account and the contract gave each other in a tx.
type wrapped struct {
	account                   uint32
	paid, got, issued, burned uint256.Int // coins and coins, tokens and tokens
	row                       row         // with the coins
}

func (w *wrapper) complete() {
	r := w.record
	for i := 0; i < len(r.rows); {
		j := r.txEnd(i)
		if slices.ContainsFunc(r.rows[i:j], w.concerns) && *r.hash(&r.rows[i]) != (common.Hash{}) {
			w.tx(r.rows[i:j], j)
		}
		i = j
	}
	// From the back, so that nothing is moved twice and no second list is needed.
	end, left := len(r.rows), len(w.missing)
	r.rows = append(r.rows, make([]row, left)...)
	for ; left > 0; left-- {
		m := &w.missing[left-1]
		copy(r.rows[m.at+left:end+left], r.rows[m.at:end])
		r.rows[m.at+left-1], end = m.row, m.at
	}
}

// concerns reports whether an import has coins going to or from the contract.
func (w *wrapper) concerns(x row) bool {
	return x.asset == w.coin && !x.fee && x.file > 0 && x.from != x.to && (x.from == w.contract || x.to == w.contract)
}

// tx finds out what is missing of a tx that ends before the row at end.
func (w *wrapper) tx(rows []row, end int) {
	w.dealt = w.dealt[:0]
	for i := range rows {
		x := &rows[i]
		units := w.record.units(x)
		switch {
		case x.fee || x.from == x.to:
		case x.asset == w.coin && x.to == w.contract && x.from != outside:
			d := w.with(x.from)
			d.paid.Add(&d.paid, &units)
			d.row = *x
		case x.asset == w.coin && x.from == w.contract:
			d := w.with(x.to)
			d.got.Add(&d.got, &units)
			d.row = *x
		case x.asset == w.token && w.issues(x.from) && x.to != outside:
			d := w.with(x.to)
			d.issued.Add(&d.issued, &units)
		case x.asset == w.token && w.issues(x.to) && x.from != outside:
			d := w.with(x.from)
			d.burned.Add(&d.burned, &units)
		}
	}
	issue, burn := w.lacking()
	for i := range w.dealt {
		d := &w.dealt[i]
		w.add(d, &d.paid, &d.issued, &issue, w.contract, d.account, end)
		w.add(d, &d.got, &d.burned, &burn, d.account, w.contract, end)
	}
}

// lacking returns how many tokens fewer than coins the whole tx has: some
// contracts let one account pay and another have the tokens.
func (w *wrapper) lacking() (issue, burn uint256.Int) {
	var paid, got, issued, burned uint256.Int
	for i := range w.dealt {
		d := &w.dealt[i]
		paid.Add(&paid, &d.paid)
		got.Add(&got, &d.got)
		issued.Add(&issued, &d.issued)
		burned.Add(&burned, &d.burned)
	}
	if issued.Lt(&paid) {
		issue.Sub(&paid, &issued)
	}
	if burned.Lt(&got) {
		burn.Sub(&got, &burned)
	}
	return issue, burn
}

// issues reports whether tokens from or to an account are issued or taken back.
func (w *wrapper) issues(account uint32) bool {
	return account == w.contract || account == outside || w.record.accounts.keys[account].Address == common.Address{}
}

func (w *wrapper) with(account uint32) *wrapped {
	i := slices.IndexFunc(w.dealt, func(d wrapped) bool { return d.account == account })
	if i < 0 {
		i = len(w.dealt)
		w.dealt = append(w.dealt, wrapped{account: account})
	}
	return &w.dealt[i]
}

// add adds the tokens that are missing for an account's coins, as far as the tx
// lacks any.
func (w *wrapper) add(d *wrapped, coins, tokens, lacking *uint256.Int, from, to uint32, at int) {
	if !tokens.Lt(coins) || lacking.IsZero() {
		return
	}
	r, usd := w.record, int64(noUSD)
	var units uint256.Int
	if units.Sub(coins, tokens); lacking.Lt(&units) {
		units = *lacking
	}
	lacking.Sub(lacking, &units)
	if r.usd(&d.row) != noUSD {
		if micro := r.micro(&d.row, &units); micro.IsUint64() && micro[0] <= math.MaxInt64 {
			usd = int64(micro[0])
		}
	}
	w.missing = append(w.missing, missing{at, r.enter(row{from: from, to: to, asset: w.token}, entry{
		block: r.block(&d.row), time: r.time(&d.row), usd: usd,
		tx: r.txID(*r.hash(&d.row)), index: r.index(&d.row), chain: r.chainIDs[r.chainID(&d.row)],
	}, &units)})
}
