package trace_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/trace"
	"losstracer/trace/flow"
	"losstracer/trace/label"
)

var (
	robber   = common.HexToAddress("0x00000000000000000000000000000000000bad01")
	courier  = common.HexToAddress("0x00000000000000000000000000000000000bad02")
	counter  = common.HexToAddress("0x000000000000000000000000000000000000ca5e")
	relayer  = common.HexToAddress("0x0000000000000000000000000000000000003e1a")
	usdcHome = common.HexToAddress("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48")
	usdcBase = common.HexToAddress("0x833589fcd6edb6e08f4c7c32d4f71b54bda02913")
	spokeL1  = common.HexToAddress("0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5")
	spokeL2  = common.HexToAddress("0x09aea4b2242abc8bb4bb78d537a67a245a7bec64")
	stranger = common.HexToAddress("0x0000000000000000000000000000000000009999")
)

func whole(v int64) *big.Int { return big.NewInt(v) }

func packed(t *testing.T, kinds string, values ...any) []byte {
	t.Helper()
	var args abi.Arguments
	for _, k := range strings.Fields(kinds) {
		typ, err := abi.NewType(k, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, abi.Argument{Type: typ})
	}
	b, err := args.Pack(values...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func topics(signature string, indexed ...common.Hash) []common.Hash {
	return append([]common.Hash{crypto.Keccak256Hash([]byte(signature))}, indexed...)
}

func addressTopic(a common.Address) common.Hash { return common.BytesToHash(a[:]) }

// departure is Ethereum, on which 1,000 dollars are given to Across, or to a
// contract that writes the same event.
func departure(t *testing.T, pool common.Address) *chaintest.Fixture {
	b := chaintest.NewBuilder(1)
	b.Token(usdcHome, "USDC", 6)
	b.Block(10, 1_700_000_000)
	b.OpenToken(usdcHome, robber, whole(1000))
	b.Add(chaintest.Tx{From: robber, To: &pool, Logs: []chaintest.Log{
		chaintest.TransferLog(usdcHome, robber, pool, whole(1000)),
		{
			Address: pool,
			Topics: topics("V3FundsDeposited(address,address,uint256,uint256,uint256,uint32,uint32,uint32,uint32,address,address,address,bytes)",
				common.BigToHash(whole(8453)), common.BigToHash(whole(77)), addressTopic(robber)),
			Data: packed(t, "address address uint256 uint256 uint32 uint32 uint32 address address bytes",
				usdcHome, usdcBase, whole(1000), whole(998), uint32(1), uint32(2), uint32(3), courier, common.Address{}, []byte{}),
		},
	}})
	return b.Fixture(2000)
}

// destination is Base, on which a relayer fills deposit 77, and others, and
// the courier goes to an exchange.
func destination(t *testing.T, filled bool) *chaintest.Fixture {
	b := chaintest.NewBuilder(8453)
	b.Token(usdcBase, "USDC", 6)
	fill := func(id, units int64, to common.Address) {
		b.Add(chaintest.Tx{From: relayer, To: &spokeL2, Logs: []chaintest.Log{
			chaintest.TransferLog(usdcBase, relayer, to, whole(units)),
			{
				Address: spokeL2,
				Topics: topics("FilledV3Relay(address,address,uint256,uint256,uint256,uint256,uint32,uint32,uint32,address,address,address,address,bytes,(address,bytes,uint256,uint8))",
					common.BigToHash(whole(1)), common.BigToHash(whole(id)), addressTopic(relayer)),
				Data: common.LeftPadBytes(nil, 32*12),
			},
		}})
	}
	b.Block(500, 1_700_000_020)
	b.OpenToken(usdcBase, relayer, whole(1_000_000))
	fill(76, 998, stranger)
	b.Block(505, 1_700_000_030)
	if filled {
		fill(77, 998, courier)
	}
	b.Block(600, 1_700_000_400)
	fill(78, 500, stranger)
	if filled {
		b.SendToken(usdcBase, courier, counter, whole(998))
	}
	return b.Fixture(3000)
}

func endpoint(t *testing.T, url string) trace.Endpoint {
	t.Helper()
	client, err := ethrpc.New(url, ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return trace.Endpoint{Host: client.Host(), Source: history.New(client, history.Options{})}
}

// outcome is a terminal, or what is held, as a test states it.
func outcome(r *flow.Result) []string {
	var all []string
	for _, x := range r.Terminals {
		s := x.Kind.String() + " " + x.Account.String() + " " + x.Units.String()
		for _, o := range x.Onward {
			s += " ▶ " + o.Bridge + " " + o.Chain + " " + o.Recipient
			switch {
			case o.Followed != nil && o.Basis != chain.Observed:
				s += " arrived, " + o.Basis.String()
			case o.Followed != nil:
				s += " arrived"
			case o.Arrival != nil:
				s += " arrived, not followed"
			}
		}
		all = append(all, s)
	}
	for _, h := range r.Held {
		all = append(all, "held "+h.Account.String()+" "+h.Units.String())
	}
	slices.Sort(all)
	return all
}

func followed(t *testing.T, r trace.FollowRequest) *flow.Result {
	t.Helper()
	result, err := trace.Follow(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func exchangeTags() *label.Book { return exchangeOn(8453) }

// exchangeOn tags the counter of an exchange on a chain.
func exchangeOn(chainID uint64) *label.Book {
	book := &label.Book{}
	book.Add(label.Tag{Chain: chainID, Address: counter, Label: "an exchange", Category: label.Exchange, Source: "test", Confidence: 90})
	return book
}

// checkCrossing checks that 1,000 of the robber's funds are told to cross by a
// bridge at end to a recipient on the chain there, where there is one endpoint, and
// followed where there are both: out of them reach the exchange there, and the
// recipient holds the rest.
func checkCrossing(t *testing.T, from, to *chaintest.Fixture, bridge string, end flow.Account, there uint64, recipient common.Address, out, held int64) {
	t.Helper()
	network, _ := chain.NetworkByID(there)
	crossed := fmt.Sprintf("bridge %s 1000 ▶ %s %s %s", end, bridge, network.Name, chain.Hex(recipient))
	r := trace.FollowRequest{Sources: []common.Address{robber}, Tags: exchangeOn(there), Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, from))}}
	result := followed(t, r)
	if diff := gocmp.Diff([]string{crossed}, outcome(result)); diff != "" {
		t.Errorf("without the other endpoint (-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
	r.Endpoints = []trace.Endpoint{endpoint(t, chaintest.Serve(t, from)), endpoint(t, chaintest.Serve(t, to))}
	result = followed(t, r)
	want := []string{crossed + " arrived", fmt.Sprintf("exchange %s %s", flow.Account{ChainID: there, Address: counter}, whole(out))}
	if held > 0 {
		want = append(want, fmt.Sprintf("held %s %s", flow.Account{ChainID: there, Address: recipient}, whole(held)))
	}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}

// A trace goes on over a bridge where it can look, and says where it would go
// on where it cannot.
func TestCrossingIsFollowed(t *testing.T) {
	t.Parallel()
	home := func(x *flow.Account) string { return x.String() }
	here, there := &flow.Account{ChainID: 1, Address: spokeL1}, &flow.Account{ChainID: 8453, Address: counter}
	fake := &flow.Account{ChainID: 1, Address: stranger}
	onward := " ▶ Across base " + chain.Hex(courier)
	for _, test := range []struct {
		name      string
		from      *chaintest.Fixture
		to        *chaintest.Fixture
		tagged    common.Address // as a bridge, beside what is known
		want      []string
		wantWords string // why it is not followed
	}{
		{"both endpoints", departure(t, spokeL1), destination(t, true), common.Address{}, []string{
			"bridge " + home(here) + " 1000" + onward + " arrived", "exchange " + home(there) + " 998",
		}, ""},
		{"the first alone", departure(t, spokeL1), nil, common.Address{}, []string{"bridge " + home(here) + " 1000" + onward}, "no endpoint of that chain was given"},
		{"not filled", departure(t, spokeL1), destination(t, false), common.Address{}, []string{"bridge " + home(here) + " 1000" + onward}, "it had not come out there by the end of the window"},
		{"a stranger's word", departure(t, stranger), destination(t, true), stranger, []string{
			"bridge " + home(fake) + " 1000 ▶ Across, by the word of the unknown contract " + chain.Hex(stranger) + " base " + chain.Hex(courier),
		}, "a contract that is none of the bridge's known ones says so"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tags := exchangeTags()
			if test.tagged != (common.Address{}) {
				tags.Add(label.Tag{Chain: 1, Address: test.tagged, Label: "a bridge, they say", Category: label.Bridge, Source: "test", Confidence: 90})
			}
			r := trace.FollowRequest{Sources: []common.Address{robber}, Tags: tags, Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, test.from))}}
			if test.to != nil {
				r.Endpoints = append(r.Endpoints, endpoint(t, chaintest.Serve(t, test.to)))
			}
			result := followed(t, r)
			if diff := gocmp.Diff(test.want, outcome(result)); diff != "" {
				t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
			}
			// What came out of a bridge begins a path of its own.
			if ways := result.WaysTo(counter, 10); len(ways.Paths) != len(test.want)-1 || len(ways.Paths) > 0 && (!ways.Paths[0].Crossed || len(ways.Paths[0].Steps) != 2) {
				t.Errorf("paths to the exchange: %+v", ways)
			}
			if ways := result.WaysTo(result.Terminals[slices.IndexFunc(result.Terminals, func(x flow.Terminal) bool { return x.Kind == flow.Bridge })].Account.Address, 10); len(ways.Paths) != 1 || ways.Paths[0].Crossed {
				t.Errorf("paths to the bridge: %+v", ways)
			}
			for _, x := range result.Terminals {
				if len(x.Onward) > 0 && x.Onward[0].Why != test.wantWords {
					t.Errorf("want %q, got %q", test.wantWords, x.Onward[0].Why)
				}
			}
		})
	}
}

// Where no endpoint could show what came out none is asked for.
func TestWhyNothingIsFollowed(t *testing.T) {
	t.Parallel()
	router := common.HexToAddress("0xd37bbe5744d730a1d98d8dc97c42f0ca46ad7146")
	for _, test := range []struct {
		memo, to, want string
	}{
		{"=:BTC.BTC:bc1qmule", "bitcoin", "what comes out on that chain is not looked for: it is no EVM chain, or none that is known here"},
		{"=:X.COIN:mule", "thorchain:x", "what comes out on that chain is not looked for: it is no EVM chain, or none that is known here"},
		{"=:BSC.BNB:" + chain.Hex(courier), "bsc", "nothing on the other side names it"},
		{"=:ETH.ETH:" + chain.Hex(courier), "ethereum", "nothing on the other side names it"},
	} {
		t.Run(test.to, func(t *testing.T) {
			t.Parallel()
			b := chaintest.NewBuilder(1)
			b.Token(usdcHome, "USDC", 6)
			b.Block(10, 1_700_000_000)
			b.OpenToken(usdcHome, robber, whole(1000))
			b.Add(chaintest.Tx{From: robber, To: &router, Logs: []chaintest.Log{
				chaintest.TransferLog(usdcHome, robber, router, whole(1000)),
				{
					Address: router, Topics: topics("Deposit(address,address,uint256,string)", addressTopic(relayer), addressTopic(usdcHome)),
					Data: packed(t, "uint256 string", whole(1000), test.memo),
				},
			}})
			result := followed(t, trace.FollowRequest{Sources: []common.Address{robber}, Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, b.Fixture(2000)))}})
			if len(result.Terminals) != 1 || len(result.Terminals[0].Onward) != 1 {
				t.Fatalf("got %+v", result.Terminals)
			}
			if c := result.Terminals[0].Onward[0]; c.Chain != test.to || c.Why != test.want {
				t.Errorf("to %s: want %q, got %s: %q", test.to, test.want, c.Chain, c.Why)
			}
		})
	}
}

// Ether that crosses by Base's own bridge arrives in the tx that follows from
// the block and the log of the deposit.
func TestDepositIsFollowed(t *testing.T) {
	t.Parallel()
	bridge := common.HexToAddress("0x3154cf16ccdb4c6d922629664174b904d80f2c35")
	portal := common.HexToAddress("0x49048044d57e1c92a77f79988d21fa8faf74e97e")
	messenger := common.HexToAddress("0x4200000000000000000000000000000000000007")
	l2Bridge := common.HexToAddress("0x4200000000000000000000000000000000000010")
	alias := common.HexToAddress("0x977f82a600a1414e583f7f13623f1ac5d58b1c0b")
	ether := new(big.Int).Mul(whole(3), whole(params.Ether))
	opaque := slices.Concat(common.LeftPadBytes(ether.Bytes(), 32), common.LeftPadBytes(ether.Bytes(), 32), []byte{0, 0, 0, 0, 0, 1, 0, 0, 0}, []byte("relayMessage"))
	logs := []chaintest.Log{
		{
			Address: bridge, Topics: topics("ETHDepositInitiated(address,address,uint256,bytes)", addressTopic(robber), addressTopic(courier)),
			Data: packed(t, "uint256 bytes", ether, []byte{}),
		},
		{
			Address: portal, Topics: topics("TransactionDeposited(address,address,uint256,bytes)", addressTopic(alias), addressTopic(messenger), common.Hash{}),
			Data: packed(t, "bytes", opaque),
		},
	}
	a := chaintest.NewBuilder(1)
	a.Block(10, 1_700_000_000)
	a.Open(robber, ether, 0)
	deposit := a.Add(chaintest.Tx{From: robber, To: &bridge, Value: ether, Logs: logs, Calls: []chaintest.Frame{chaintest.Pays(bridge, portal, ether)}})
	home := a.Fixture(2000)
	home.Blocks[0].Hash = common.HexToHash("0xb10c")
	found, _ := chain.Crossings(1, []*types.Log{
		{Address: bridge, Topics: logs[0].Topics, Data: logs[0].Data, BlockHash: home.Blocks[0].Hash, TxHash: deposit},
		{Address: portal, Topics: logs[1].Topics, Data: logs[1].Data, BlockHash: home.Blocks[0].Hash, TxHash: deposit, Index: 1},
	})

	b := chaintest.NewBuilder(8453)
	b.Block(500, 1_700_000_060)
	b.Add(chaintest.Tx{Hash: found[0].Arrival.Tx, From: alias, To: &messenger, Value: ether, Calls: []chaintest.Frame{
		{Type: "CALL", From: messenger, To: l2Bridge, Value: (*hexutil.Big)(ether), Calls: []chaintest.Frame{chaintest.Pays(l2Bridge, courier, ether)}},
	}})
	b.Block(600, 1_700_000_400)
	b.Send(courier, counter, ether)
	result := followed(t, trace.FollowRequest{
		Sources: []common.Address{robber}, Tags: exchangeTags(),
		Endpoints: []trace.Endpoint{endpoint(t, chaintest.Serve(t, home)), endpoint(t, chaintest.Serve(t, b.Fixture(3000)))},
	})
	want := []string{
		"bridge " + flow.Account{ChainID: 1, Address: bridge}.String() + " " + ether.String() + " ▶ OP Stack bridge base " + chain.Hex(courier) + " arrived",
		"exchange " + flow.Account{ChainID: 8453, Address: counter}.String() + " " + ether.String(),
	}
	if diff := gocmp.Diff(want, outcome(result)); diff != "" {
		t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
	}
}

// The issuer's list is read on a real node, at the end of the window: a holder
// who was frozen in it is frozen, one who was let go in it is not.
func TestFrozenHolder(t *testing.T) {
	t.Parallel()
	token := chaintest.Contracts(t, "testdata/freeze")["Freezable"]
	tether := common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")
	issuer, thief := devnet.Key("issuer"), devnet.Key("robber")
	frozen, free := devnet.Address("frozen"), devnet.Address("let go")
	alloc := types.GenesisAlloc{tether: {Code: token.Runtime, Balance: new(big.Int)}}
	for _, a := range []string{"issuer", "robber"} {
		alloc[devnet.Address(a)] = types.Account{Balance: whole(params.Ether)}
	}
	call := token.Pack
	steps := []struct {
		by   string
		data []byte
	}{
		{"issuer", call("issue", devnet.Address("robber"), whole(1000))},
		{"robber", call("transfer", frozen, whole(600))},
		{"robber", call("transfer", free, whole(400))},
		{"issuer", call("addBlackList", frozen)},
		{"issuer", call("addBlackList", free)},
		{"issuer", call("removeBlackList", free)},
	}
	times := make([]uint64, len(steps)+3)
	for i := range times {
		times[i] = 1_700_000_000 + 12*uint64(i)
	}
	nonces := map[string]uint64{}
	c, err := devnet.Generate(alloc, times, func(number int, b *core.BlockGen) {
		if number > len(steps) {
			return
		}
		s := steps[number-1]
		key := issuer
		if s.by == "robber" {
			key = thief
		}
		b.AddTx(types.MustSignNewTx(key, b.Signer(), &types.DynamicFeeTx{
			ChainID: big.NewInt(devnet.ChainID), Nonce: nonces[s.by], GasFeeCap: big.NewInt(30e9), Gas: 200_000, To: &tether, Data: s.data,
		}))
		nonces[s.by]++
	})
	if err != nil {
		t.Fatal(err)
	}
	url := devnet.Serve(t, c)
	at := func(a common.Address) string { return flow.Account{ChainID: 1, Address: a}.String() }
	for _, test := range []struct {
		name string
		end  uint64
		want []string
	}{
		{"after all", 8, []string{"frozen " + at(frozen) + " 600", "held " + at(free) + " 400"}},
		{"before the release", 5, []string{"frozen " + at(free) + " 400", "frozen " + at(frozen) + " 600"}},
		{"before the freeze", 3, []string{"held " + at(free) + " 400", "held " + at(frozen) + " 600"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := followed(t, trace.FollowRequest{
				Sources: []common.Address{devnet.Address("robber")}, Endpoints: []trace.Endpoint{endpoint(t, url)},
				Override: trace.Override{To: &trace.Bound{Block: test.end}},
			})
			got := outcome(result)
			slices.Sort(test.want)
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s\nwarnings %q", diff, result.Warnings)
			}
		})
	}
}
