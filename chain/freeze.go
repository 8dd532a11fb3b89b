package chain

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// freezable is a token whose issuer can freeze holders, and the view function
// that says whether it has.
type freezable struct {
	chain    uint64
	contract string
	view     string
}

// freezables are tokens of which address and function are public facts:
//
//   - Tether: the contract on Ethereum (etherscan, TetherToken), and its later
//     contracts with WithBlockedList.sol, as tether.to and the ABIs of
//     integrations have them
//   - Circle: FiatToken at the addresses of developers.circle.com (USDC) and,
//     for EURC, those that integrations agree on
//   - Paxos: paxosglobal/usdp-contracts, busd-contract, pyusd-contract,
//     paxos-gold-contract, usdg-contract
//
// Left out: dollars that a chain's own bridge issues (USDC.e of Arbitrum, Optimism,
// Polygon), which nobody can freeze; Tether on other chains and Tether's gold, of
// whose present code the function could not be confirmed; TUSD, whose list of the
// frozen has no view function (trusttoken/contracts-pre22, TrueCurrency). Contracts
// change behind their proxies: a function that was not there at the end of a
// window is said not to answer.
var freezables = []freezable{
	{1, "0xdac17f958d2ee523a2206206994597c13d831ec7", "isBlackListed(address)"},
	{42161, "0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9", "isBlocked(address)"},
	{42220, "0x48065fbbe25f71c9282ddf5e1cd6d6a887483d5e", "isBlocked(address)"},
	{43114, "0x9702230a8ea53601f5cd2dc00fdbc13d4df4a8c7", "isBlocked(address)"},
	{1, "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "isBlacklisted(address)"},
	{10, "0x0b2c639c533813f4aa9d7837caf62653d097ff85", "isBlacklisted(address)"},
	{137, "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "isBlacklisted(address)"},
	{130, "0x078d782b760474a361dda0af3839290b0ef57ad6", "isBlacklisted(address)"},
	{324, "0x1d17cbcf0d6d143135ae902365d2e5e2a16538d4", "isBlacklisted(address)"},
	{480, "0x79a02482a880bce3f13e09da970dc34db4cd24d1", "isBlacklisted(address)"},
	{42220, "0xceba9300f2b948710d2653dd7b07f33a8b32118c", "isBlacklisted(address)"},
	{8453, "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "isBlacklisted(address)"},
	{42161, "0xaf88d065e77c8cc2239327c5edb3a432268e5831", "isBlacklisted(address)"},
	{43114, "0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e", "isBlacklisted(address)"},
	{1, "0x1abaea1f7c830bd89acc67ec4af516284b1bc33c", "isBlacklisted(address)"},
	{8453, "0x60a3e35cc302bfa44cb288bc5a4f316fdb1adb42", "isBlacklisted(address)"},
	{1, "0x8e870d67f660d95d5be530380d0ec0bd388289e1", "isFrozen(address)"},
	{1, "0x4fabb145d64652a948d72533023f6e7a623c7c53", "isFrozen(address)"},
	{1, "0x6c3ea9036406852006290770bedfcaba0e23a0e8", "isFrozen(address)"},
	{1, "0x45804880de22913dafe09f4980848ece6ecbaf78", "isFrozen(address)"},
	{1, "0xe343167631d89b6ffc58b88d6b7fb0228795491d", "isFrozen(address)"},
	{43114, "0xc891eb4cbdeff6e073e859e987815ed1505c2acd", "isBlacklisted(address)"},
}

// FreezeQuery returns the call data that asks a token whether its issuer has
// frozen a holder, and false for tokens of which no such function is known.
func FreezeQuery(asset AssetID, holder common.Address) ([]byte, bool) {
	if asset.Kind() != ERC20 {
		return nil, false
	}
	for _, f := range freezables {
		if f.chain == asset.ChainID() && common.HexToAddress(f.contract) == asset.Contract() {
			return append(crypto.Keccak256([]byte(f.view))[:4], common.LeftPadBytes(holder[:], 32)...), true
		}
	}
	return nil, false
}

// FreezeAnswer reads what the token said, and false where it is no boolean.
func FreezeAnswer(out []byte) (frozen, ok bool) {
	if len(out) != 32 || !bytes.Equal(out[:31], make([]byte, 31)) || out[31] > 1 {
		return false, false
	}
	return out[31] == 1, true
}
