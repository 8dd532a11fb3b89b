// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Token.sol";

/// A savings contract with the fault that scenarios exploit: it pays a bonus
/// of ten percent of a deposit on withdrawal, however short the deposit was.
contract LeakyVault {
    Token public immutable token;
    mapping(address => uint256) public deposits;

    constructor(Token token_) {
        token = token_;
    }

    function deposit(uint256 amount) external {
        deposits[msg.sender] += amount;
        token.transferFrom(msg.sender, address(this), amount);
    }

    function withdraw() external {
        uint256 amount = deposits[msg.sender];
        deposits[msg.sender] = 0;
        token.transfer(msg.sender, amount + amount / 10);
    }
}
