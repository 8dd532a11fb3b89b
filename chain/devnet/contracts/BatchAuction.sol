// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Pool.sol";

/// Pulls sellers' tokens for the settlement contract. It stands apart, as in
/// the protocol that it imitates, so that approvals do not go to a contract
/// that makes arbitrary calls.
contract Relayer {
    function pull(Token token, address from, address to, uint256 amount) external {
        token.transferFrom(from, to, amount);
    }
}

/// Settles sell orders of several owners in one transaction sent by a solver,
/// with the events of the CoW Protocol's settlement contract. Orders are taken
/// on the solver's word.
contract BatchAuction {
    struct Order {
        address owner;
        Token sellToken;
        Token buyToken;
        uint256 sellAmount;
        uint256 buyAmount;
        address receiver;
        Pool pool; // where the sold tokens go; zero to keep them for others
        uint256 poolOut;
    }

    event Trade(
        address indexed owner,
        address sellToken,
        address buyToken,
        uint256 sellAmount,
        uint256 buyAmount,
        uint256 feeAmount,
        bytes orderUid
    );
    event Settlement(address indexed solver);

    function settle(Relayer relayer, Order[] calldata orders) external {
        for (uint256 i; i < orders.length; i++) {
            Order calldata o = orders[i];
            relayer.pull(o.sellToken, o.owner, address(this), o.sellAmount);
            emit Trade(
                o.owner, address(o.sellToken), address(o.buyToken), o.sellAmount, o.buyAmount, 0, abi.encode(o.owner, i)
            );
        }
        for (uint256 i; i < orders.length; i++) {
            Order calldata o = orders[i];
            if (address(o.pool) == address(0)) continue;
            o.sellToken.transfer(address(o.pool), o.sellAmount);
            bool first = address(o.sellToken) == address(o.pool.token0());
            o.pool.swap(first ? 0 : o.poolOut, first ? o.poolOut : 0, address(this), "");
        }
        for (uint256 i; i < orders.length; i++) orders[i].buyToken.transfer(orders[i].receiver, orders[i].buyAmount);
        emit Settlement(msg.sender);
    }
}
