package devnet

import (
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// PaidByRouter plays the emptying of a vault that pays through a router: the
// attacker's tx calls the router, which has the vault pay 750,000 USDC to it and
// passes them on to whoever called. No movement leads from the vault to the
// attacker.
// Txs: "funding", "theft".
func PaidByRouter() (*Scenario, error) {
	h := newHeist("paid by a router", false)
	vault, router := Address("vault behind a router"), Address("router of a vault")
	h.scenario.Victims = append(h.scenario.Victims, vault)
	amount := dollars("750,000")
	h.hold(vault, USDC(), dollars("800,000"))
	h.alloc[vault] = types.Account{Balance: new(big.Int), Code: pays(usdcAddress, push(router.Bytes()), amount)}
	h.alloc[router] = types.Account{Balance: new(big.Int), Code: slices.Concat(calls(vault), pays(usdcAddress, []byte{byte(vm.CALLER)}, amount))}
	st := h.send(noon("12:00"), h.attacker, &router, nil, []byte{0}).as("theft")
	st.move(Ordinary, USDC(), vault, router, amount)
	st.move(Theft, USDC(), router, h.attacker.Address, amount)
	h.lose(USDC(), amount, nil, nil)
	return h.play()
}

// push is the code that puts bytes on the stack.
func push(b []byte) []byte { return append([]byte{byte(vm.PUSH1) + byte(len(b)-1)}, b...) }

// store is the code that writes what some code leaves on the stack to memory.
func store(at byte, value []byte) []byte {
	return slices.Concat(value, push([]byte{at}), []byte{byte(vm.MSTORE)})
}

// call is the code that calls an account with so many bytes of memory.
func call(to common.Address, size byte) []byte {
	zero := push([]byte{0})
	return slices.Concat(zero, zero, push([]byte{size}), zero, zero, push(to.Bytes()), []byte{byte(vm.GAS), byte(vm.CALL), byte(vm.POP)})
}

// calls is the code that calls an account and says nothing.
func calls(to common.Address) []byte { return call(to, 0) }

// pays is the code that has a token move an amount to whom some code names.
func pays(token common.Address, to []byte, amount *big.Int) []byte {
	selector := make([]byte, 32)
	copy(selector, []byte{0xa9, 0x05, 0x9c, 0xbb}) // transfer(address,uint256)
	return slices.Concat(store(0, push(selector)), store(4, to), store(36, push(amount.Bytes())), call(token, 68))
}
