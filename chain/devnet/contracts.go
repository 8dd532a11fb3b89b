package devnet

import (
	"embed"
	"io/fs"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/chaintest"
)

// Where contracts stand on Ethereum, so that prices and tags for them apply
// here: the tokens' deployments, and the settlement contract and relayer of
// the CoW Protocol (github.com/cowprotocol/contracts, networks.json).
var (
	usdtAddress    = common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")
	usdcAddress    = common.HexToAddress("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48")
	wrappedAddress = common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2")
	auctionAddress = common.HexToAddress("0x9008d19f58aabd9ed0d60971565aa8510560ab41")
	relayerAddress = common.HexToAddress("0xc92e8bdf79f0507f65a392b0ab4667716bfe0110")
)

// ETH, USDT, USDC and WETH return the ids of the assets that every scenario has.
func ETH() chain.AssetID { return chain.NativeAsset(ChainID) }

// USDT returns the id of the token of that name.
func USDT() chain.AssetID { return chain.Token(ChainID, usdtAddress) }

// USDC returns the id of the token of that name.
func USDC() chain.AssetID { return chain.Token(ChainID, usdcAddress) }

// WETH returns the id of the wrapped coin.
func WETH() chain.AssetID { return chain.Token(ChainID, wrappedAddress) }

//go:embed contracts/output.json contracts/*.sol
var contractFiles embed.FS

type contracts map[string]chaintest.Contract

// readContracts reads what the compiler made of the sources here.
func readContracts() (contracts, error) {
	folder, err := fs.Sub(contractFiles, "contracts")
	if err != nil {
		return nil, err
	}
	return chaintest.ReadContracts(folder)
}

// holdings says who holds how many base units at the start.
type holdings map[common.Address]*big.Int

// tokenAccount is a finished Token for the genesis block. The storage layout
// is that of Token.sol.
func (cs contracts) tokenAccount(symbol, name string, decimals uint8, held holdings) types.Account {
	supply := new(big.Int)
	storage := balanceSlots(held)
	for _, units := range held {
		supply.Add(supply, units)
	}
	storage[slot(2)] = common.BigToHash(supply)
	storage[slot(3)] = common.BigToHash(big.NewInt(int64(decimals)))
	storage[slot(4)] = shortString(name)
	storage[slot(5)] = shortString(symbol)
	return types.Account{Code: cs["Token"].Runtime, Storage: storage, Balance: new(big.Int), Nonce: 1}
}

// wrappedAccount is a finished WrappedCoin, backed by as much coin as it owes.
func (cs contracts) wrappedAccount(held holdings) types.Account {
	backing := new(big.Int)
	for _, units := range held {
		backing.Add(backing, units)
	}
	return types.Account{Code: cs["WrappedCoin"].Runtime, Storage: balanceSlots(held), Balance: backing, Nonce: 1}
}

func slot(n int64) common.Hash { return common.BigToHash(big.NewInt(n)) }

// balanceSlots lays out a mapping in slot 0 as Solidity does.
func balanceSlots(held holdings) map[common.Hash]common.Hash {
	storage := map[common.Hash]common.Hash{}
	for holder, units := range held {
		key := crypto.Keccak256Hash(common.LeftPadBytes(holder[:], 32), slot(0).Bytes())
		storage[key] = common.BigToHash(units)
	}
	return storage
}

// shortString lays out a string of at most 31 bytes as Solidity does.
func shortString(s string) common.Hash {
	if len(s) > 31 {
		panic("devnet: string too long for one slot: " + s)
	}
	var h common.Hash
	copy(h[:], s)
	h[31] = byte(2 * len(s))
	return h
}
