// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Does what it is told, so that a test can have any tree of call frames.
contract Puppet {
    enum Deed { Call, Try, Delegate, Create, Create2, Destroy, Fail }

    struct Act {
        Deed deed;
        address to; // callee, heir, or salt of Create2
        uint256 value;
        bytes data; // input, or creation code
    }

    constructor() payable {}

    receive() external payable {}

    function play(Act[] calldata acts) external payable {
        for (uint256 i = 0; i < acts.length; i++) perform(acts[i]);
    }

    function perform(Act calldata a) private {
        bool ok = true;
        bytes memory data = a.data;
        uint256 value = a.value;
        if (a.deed == Deed.Call) (ok, ) = a.to.call{value: value}(data);
        else if (a.deed == Deed.Try) payable(a.to).call{value: value}(data);
        else if (a.deed == Deed.Delegate) (ok, ) = a.to.delegatecall(data);
        else if (a.deed == Deed.Create || a.deed == Deed.Create2) ok = make(a.deed, a.to, value, data) != address(0);
        else if (a.deed == Deed.Destroy) selfdestruct(payable(a.to));
        else ok = false;
        require(ok);
    }

    function make(Deed deed, address salt, uint256 value, bytes memory code) private returns (address made) {
        bytes32 word = bytes32(uint256(uint160(salt)));
        if (deed == Deed.Create) assembly { made := create(value, add(code, 32), mload(code)) }
        else assembly { made := create2(value, add(code, 32), mload(code), word) }
    }
}
