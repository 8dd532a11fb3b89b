// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Token.sol";

/// A token made to deceive: anybody can have it claim transfers that move
/// nothing, with whatever sender.
contract FakeToken is Token {
    constructor(string memory name_, string memory symbol_, uint8 decimals_, address holder, uint256 supply)
        Token(name_, symbol_, decimals_, holder, supply)
    {}

    function claim(address from, address to, uint256 value) external {
        emit Transfer(from, to, value);
    }
}
