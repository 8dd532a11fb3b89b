// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Token.sol";

interface Borrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32);
}

/// Lends its tokens for the length of one call, for 0.05 %, with the
/// signatures of ERC-3156.
contract FlashLender {
    function flashLoan(Borrower borrower, Token token, uint256 amount, bytes calldata data) external returns (bool) {
        uint256 fee = amount * 5 / 10000;
        token.transfer(address(borrower), amount);
        borrower.onFlashLoan(msg.sender, address(token), amount, fee, data);
        token.transferFrom(address(borrower), address(this), amount + fee);
        return true;
    }
}
