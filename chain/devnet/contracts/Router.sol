// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Pool.sol";
import "./WrappedCoin.sol";

/// Trades tokens and the coin through pools. No event of a sale for coin names
/// who received the coin: only the call frames do.
contract Router {
    WrappedCoin private immutable wrapped;

    constructor(WrappedCoin wrapped_) {
        wrapped = wrapped_;
    }

    receive() external payable {}

    function sellForCoin(Pool pool, Token token, uint256 amount, address payable to) external returns (uint256 out) {
        out = sell(pool, token, amount, address(this));
        wrapped.withdraw(out);
        (bool sent,) = to.call{value: out}("");
        require(sent, "coin refused");
    }

    function sellForToken(Pool pool, Token token, uint256 amount, address to) external returns (uint256) {
        return sell(pool, token, amount, to);
    }

    function removeForCoin(Pool pool, uint256 shares, address payable to) external {
        pool.transferFrom(msg.sender, address(pool), shares);
        pool.burn(address(this));
        Token other = address(pool.token0()) == address(wrapped) ? pool.token1() : pool.token0();
        other.transfer(to, other.balanceOf(address(this)));
        uint256 coin = wrapped.balanceOf(address(this));
        wrapped.withdraw(coin);
        (bool sent,) = to.call{value: coin}("");
        require(sent, "coin refused");
    }

    function sell(Pool pool, Token token, uint256 amount, address to) private returns (uint256 out) {
        token.transferFrom(msg.sender, address(pool), amount);
        (uint256 reserve0, uint256 reserve1,) = pool.getReserves();
        bool first = address(token) == address(pool.token0());
        (uint256 reserveIn, uint256 reserveOut) = first ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 charged = (token.balanceOf(address(pool)) - reserveIn) * 997;
        out = charged * reserveOut / (reserveIn * 1000 + charged);
        pool.swap(first ? 0 : out, first ? out : 0, to, "");
    }
}
