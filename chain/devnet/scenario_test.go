package devnet_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/devnet"
)

// scenarios is every story, with the hash of its last block. The hashes hold
// for the linked version of go-ethereum; where one changes without a change of
// the story, something of the machine or the clock has come into the blocks.
var scenarios = []struct {
	play func() (*devnet.Scenario, error)
	head string
}{
	{devnet.HotWalletTheft, "0x40e63128395c4b1e7e8ec4212e47546b92a3eebd6520ff7e225a530e47114c92"},
	{devnet.PartReturned, "0xaee4003edc41cc0d252311e201cebbce73d02f646ae75d32c9c263197feb8210"},
	{devnet.AllReturned, "0xfc225e8dfb4384c8756533394d210d87e8ee6ef2d81efd8eaa48a1402f83cfe6"},
	{devnet.BountyKept, "0x72e9bb487a4d751f70292bf5ab7f9104504da30c634a5ba8a662bb30c95e0e94"},
	{devnet.BountyPaid, "0xa2f7ccaa9a9b6cdb882c0a98fae59219a62d82eca7efd734b8240550a45bd82a"},
	{devnet.PaidBackInAnotherAsset, "0x865cc091c3f14dece16be69bd70ce76fc868243e97c205ea536dfaffbd6c1306"},
	{devnet.TwoAttackers, "0x3afd8b194c26664b55558ca46fab3175e0be22add2d8d4fad9dd1d654757fd8c"},
	{devnet.FlashLoanExploit, "0xd5fca89565010da76409b934205ba876715db2c9ac5f2f0c1492d39cce703635"},
	{devnet.OwnCapitalAtRisk, "0xae47d5b83d76abf65965eb6b3dc3a33ce43d4b05813181be9f535098cf9fd0c5"},
	{devnet.MultiSigDrain, "0x1a11b3f5dbd969bc48a67b9089d1de664bbf585d0f553f985a162eb697508822"},
	{devnet.PoolShares, "0x53ee305ab5157f8e5c7febde127d7d1432c811ef5b971a9fb4a982d5b4f844b5"},
	{devnet.BatchAuction, "0x0256a95b69b9858862ae6542d9bac87cb14b9efe02b3b31229c98983a4428d0d"},
	{devnet.FakeBesideReal, "0xe5826ddc70f6611120672d179c353798750a685e7a1130b16ecd6eb40098a769"},
	{devnet.RebasingToken, "0x2f14ca212849849e24837f5636814f05207e4393fd9902d8596c21107f19ac14"},
	{devnet.FeeOnTransfer, "0xe9b0dc7f05d7cf2067354c2d67f2003ff88fad3d950f37fb0d063bb7c44510e1"},
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, row := range scenarios {
		s, err := row.play()
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if got := s.Chain.Head().Hash.Hex(); got != row.head {
				t.Errorf("head is %s, want %s", got, row.head)
			}
			again, err := row.play()
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(s.Chain.Blocks(), again.Chain.Blocks()); diff != "" {
				t.Errorf("two runs differ (-first +second):\n%s", diff)
			}
			if diff := gocmp.Diff(s.Movements, again.Movements, gocmp.Comparer(equalInts)); diff != "" {
				t.Errorf("two runs tell different movements (-first +second):\n%s", diff)
			}
			client := dial(t, s.Chain)
			auditMovements(t, s, client)
			auditBalances(t, s, client, unbalanced(s)...)
			auditLosses(t, s)
			auditTxs(t, s)
		})
	}
}

func equalInts(a, b *big.Int) bool { return a.Cmp(b) == 0 }

// unbalanced are the tokens whose balances do not follow from their events:
// fakes, and those that rebase.
func unbalanced(s *devnet.Scenario) []chain.AssetID {
	var assets []chain.AssetID
	if fake, ok := s.Parties["fake USDT"]; ok {
		assets = append(assets, chain.Token(devnet.ChainID, fake))
	}
	if s.Name == "rebasing token" {
		assets = append(assets, chain.Token(devnet.ChainID, s.Parties["token"]))
	}
	return assets
}

// auditLosses holds the stated losses against the movements: what left the
// victims as theft, less what went to them as capital put in or returned.
func auditLosses(t *testing.T, s *devnet.Scenario) {
	t.Helper()
	net := map[chain.AssetID]*big.Int{}
	for _, m := range s.Movements {
		if !slices.Contains([]devnet.Class{devnet.Theft, devnet.Return, devnet.OwnCapital}, m.Class) {
			continue
		}
		if net[m.Asset] == nil {
			net[m.Asset] = new(big.Int)
		}
		switch {
		case slices.Contains(s.Victims, m.Sender):
			net[m.Asset].Add(net[m.Asset], m.Units)
		case slices.Contains(s.Victims, m.To):
			net[m.Asset].Sub(net[m.Asset], m.Units)
		case m.Class != devnet.OwnCapital:
			t.Errorf("%s of %s in tx %s has no victim", m.Class, m.Asset, m.Hash)
		}
	}
	if len(net) != len(s.Losses) {
		t.Errorf("%d assets were stolen or returned, %d losses are stated", len(net), len(s.Losses))
	}
	for _, l := range s.Losses {
		want := new(big.Int).Sub(l.Gross, l.OwnCapital)
		want.Sub(want, l.Returned)
		if got := net[l.Asset]; got == nil || got.Cmp(want) != 0 {
			t.Errorf("net loss of %s is %s, stated %s", l.Asset, got, want)
		}
	}
}

// auditTxs holds the named txs against the chain's blocks.
func auditTxs(t *testing.T, s *devnet.Scenario) {
	t.Helper()
	blocks := s.Chain.Blocks()
	for name, tx := range s.Txs {
		if tx.Hash == (common.Hash{}) || tx.Block == 0 || blocks[tx.Block].Time != tx.Time {
			t.Errorf("tx %q stands at %+v", name, tx)
		}
	}
	for _, m := range s.Movements {
		if blocks[m.Block].Time != m.Time {
			t.Errorf("movement in tx %s has another time than its block", m.Hash)
		}
	}
}

// Balances of a token that rebases grow without an event: what came in does
// not tell what is held.
func TestRebasingTokenGrows(t *testing.T) {
	t.Parallel()
	s, client := serve(t, devnet.RebasingToken)
	token := chain.Token(devnet.ChainID, s.Parties["token"])
	for _, row := range []struct{ after, want string }{
		{"theft", "1000000000000000000000"},
		{"rebase", "1010000000000000000000"},
		{"onward", "0"},
	} {
		if got := balance(t, client, s.Parties["attacker"], token, s.Txs[row.after].Block).String(); got != row.want {
			t.Errorf("after the %s the attacker holds %s, want %s", row.after, got, row.want)
		}
	}
}
