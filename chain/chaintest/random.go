package chaintest

import (
	"fmt"
	"math/big"
	"math/rand/v2"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// RandomScenario writes a scenario of chance for [SourceTest]: accounts and
// contracts that pay each other, in nested calls of which some fail, directly
// and through wrapped coin and a token. Equal seeds give equal scenarios.
func RandomScenario(seed uint64) *Scenario {
	const blocks, accounts, puppets = 24, 4, 3
	w := write(fmt.Sprintf("random %d", seed), "chance finds what nobody thought of", blocks)
	d := &dice{Rand: rand.New(rand.NewPCG(seed, 0)), w: w, token: w.contract("Fungible", "token", new(big.Int)), wrapped: w.wrapper()}
	for i := range accounts {
		d.people = append(d.people, w.person(fmt.Sprintf("person %d", i), ether(1000), uint64(d.IntN(3))))
	}
	for i := range puppets {
		d.puppets = append(d.puppets, w.contract("Puppet", fmt.Sprintf("puppet %d", i), ether(1_000_000)))
	}
	w.at(1)
	for _, p := range d.puppets {
		w.send(d.people[0], &d.token, nil, pack("Fungible", "mint", p, big.NewInt(1_000_000))).
			erc20(d.token, common.Address{}, p, big.NewInt(1_000_000))
	}
	for n := 2; n <= blocks; n++ {
		w.at(n)
		if d.IntN(3) > 0 {
			continue
		}
		for range 1 + d.IntN(4) {
			d.tx()
		}
	}
	w.ask(d.people[0].Address, d.people[1].Address, d.people[2].Address, d.puppets[0])
	return w.end()
}

// dice throws for what happens next.
type dice struct {
	*rand.Rand
	w              *writer
	people         []actor
	puppets        []common.Address
	token, wrapped common.Address
}

func (d *dice) someone() common.Address {
	if d.IntN(3) == 0 {
		return d.puppet()
	}
	return d.people[d.IntN(len(d.people))].Address
}

func (d *dice) puppet() common.Address { return d.puppets[d.IntN(len(d.puppets))] }

// coin is nothing now and then.
func (d *dice) coin() *big.Int { return ether(int64(d.IntN(4))) }

func (d *dice) tx() {
	from, wei := d.people[d.IntN(len(d.people))], d.coin()
	switch d.IntN(4) {
	case 0:
		to := d.someone()
		d.value(d.w.send(from, &to, wei, nil), from.Address, wei)
	case 1:
		acts, _ := d.acts(d.puppet(), 1)
		to := d.puppet()
		d.w.send(from, &to, wei, play(append(acts, act{Deed: deedFail})...))
	default:
		to := d.puppet()
		acts, note := d.acts(to, 0)
		t := d.w.send(from, &to, wei, play(acts...))
		d.value(t, from.Address, wei)
		note(t, nil)
	}
}

func (d *dice) value(t *told, from common.Address, wei *big.Int) {
	if wei.Sign() > 0 {
		t.native(from, wei)
	}
}

// noting writes down what acts at a place in the call tree moved.
type noting func(t *told, at []uint32)

// acts throws for what a puppet does, and returns how that is noted. What is
// never noted is what was undone.
func (d *dice) acts(self common.Address, depth int) ([]act, noting) {
	var acts []act
	var notes []noting
	for range 1 + d.IntN(3) {
		a, note := d.act(self, depth)
		acts, notes = append(acts, a), append(notes, note)
	}
	return acts, func(t *told, at []uint32) {
		for i, note := range notes {
			note(t, append(at[:len(at):len(at)], uint32(i)))
		}
	}
}

func (d *dice) act(self common.Address, depth int) (act, noting) {
	wei := d.coin()
	throw := d.IntN(9)
	if depth >= 3 {
		throw %= 4
	}
	switch throw {
	case 2:
		to, units := d.someone(), big.NewInt(int64(d.IntN(50)))
		return act{deedCall, d.token, nil, pack("Fungible", "transfer", to, units)}, func(t *told, _ []uint32) {
			t.erc20(d.token, self, to, units)
		}
	case 3:
		return act{deedCall, d.wrapped, wei, pack("Wrapper", "deposit")}, func(t *told, at []uint32) {
			d.frame(t, self, d.wrapped, wei, at)
			t.log(chain.KindWrap, d.wrapped, self, []chain.AssetID{chain.Token(scenarioChain, d.wrapped)}, wei)
		}
	case 4, 5:
		to := d.puppet()
		acts, note := d.acts(to, depth+1)
		return act{deedCall, to, wei, play(acts...)}, func(t *told, at []uint32) {
			d.frame(t, self, to, wei, at)
			note(t, at)
		}
	case 6:
		acts, note := d.acts(self, depth+1)
		return act{deedDelegate, d.puppet(), nil, play(acts...)}, note
	case 7, 8:
		to := d.puppet()
		acts, _ := d.acts(to, depth+1)
		return act{deedTry, to, wei, play(append(acts, act{Deed: deedFail})...)}, func(*told, []uint32) {}
	}
	to := d.someone()
	return pays(to, wei), func(t *told, at []uint32) { d.frame(t, self, to, wei, at) }
}

func (d *dice) frame(t *told, from, to common.Address, wei *big.Int, at []uint32) {
	if wei.Sign() > 0 {
		t.internal(from, to, wei, at...)
	}
}
