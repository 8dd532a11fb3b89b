package devnet

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// market is where scenarios trade: a router, and a pool of each stablecoin
// against the wrapped coin.
type market struct {
	s          *script
	maker      party
	router     common.Address
	usdt, usdc *pool
}

// pool mirrors the reserves of a Pool contract, so that what a trade gives is
// worked out beside the contract and not read back from it.
type pool struct {
	address common.Address
	token   chain.AssetID
	reserve struct{ token, coin *big.Int }
	changed uint64 // time of the last trade
}

// openMarket sets up the market in the steps from a time on. Each pool gets
// this much of its stablecoin and wrapped coin.
func (s *script) openMarket(at uint64, stable, coin *big.Int) *market {
	m := &market{s: s, maker: s.party("market maker")}
	s.hold(m.maker.Address, ETH(), ether("10"))
	m.router, _ = s.deploy(at, m.maker, "router", "Router", wrappedAddress)
	m.usdt = m.open(at, USDT(), "pool of USDT", stable, coin)
	m.usdc = m.open(at, USDC(), "pool of USDC", stable, coin)
	return m
}

func (m *market) open(at uint64, token chain.AssetID, label string, amount, coin *big.Int) *pool {
	m.s.hold(m.maker.Address, token, amount)
	m.s.hold(m.maker.Address, WETH(), coin)
	p := &pool{token: token, changed: at}
	p.address, _ = m.s.deploy(at, m.maker, label, "Pool", token.Contract(), wrappedAddress)
	p.reserve.token, p.reserve.coin = new(big.Int).Set(amount), new(big.Int).Set(coin)
	m.s.transfer(at, m.maker, p.address, token, amount, Ordinary)
	m.s.transfer(at, m.maker, p.address, WETH(), coin, Ordinary)
	m.s.call(at, m.maker, "Pool", p.address, "mint", m.maker.Address)
	return p
}

// sellForCoin trades a pool's token for coin, which reaches the seller as an
// internal transfer from the router. It returns what the seller gets.
func (m *market) sellForCoin(at uint64, p *pool, seller party, amount *big.Int, class Class) (*step, *big.Int) {
	out := p.sellToken(at, amount)
	st := m.s.call(at, seller, "Router", m.router, "sellForCoin", p.address, p.token.Contract(), amount, seller.Address)
	st.move(class, p.token, seller.Address, p.address, amount)
	return st.move(class, ETH(), m.router, seller.Address, out), out
}

// sellToken changes the reserves by a sale of the token and returns what it
// gives in coin.
func (p *pool) sellToken(at uint64, amount *big.Int) *big.Int {
	out := p.trade(at, amount, p.reserve.token, p.reserve.coin)
	p.reserve.token.Add(p.reserve.token, amount)
	p.reserve.coin.Sub(p.reserve.coin, out)
	return out
}

// trade is the constant-product formula with a fee of 0.3 %, rounded down.
func (p *pool) trade(at uint64, amount, in, out *big.Int) *big.Int {
	if at < p.changed {
		panic("devnet: trades of a pool must be told in order")
	}
	p.changed = at
	charged := new(big.Int).Mul(amount, big.NewInt(997))
	given := new(big.Int).Mul(charged, out)
	return given.Div(given, charged.Add(charged, new(big.Int).Mul(in, big.NewInt(1000))))
}
