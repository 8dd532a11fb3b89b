// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Token.sol";

/// A token that keeps one percent of every transfer for the address that
/// deployed it. Two events tell where the amount went.
contract FeeToken is Token {
    address public collector = msg.sender;

    constructor(string memory name_, string memory symbol_, uint8 decimals_, address holder, uint256 supply)
        Token(name_, symbol_, decimals_, holder, supply)
    {}

    function move(address from, address to, uint256 value) internal override {
        uint256 fee = value / 100;
        super.move(from, collector, fee);
        super.move(from, to, value - fee);
    }
}
