// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import "./Token.sol";

/// A constant-product pool of two tokens that charges 0.3 % and issues shares
/// to those who fund it. Function and event signatures are those of a
/// Uniswap V2 pair, so that whatever reads one can read this.
contract Pool is Token {
    Token public immutable token0;
    Token public immutable token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updated;
    uint256 public price0CumulativeLast;
    uint256 public price1CumulativeLast;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    constructor(Token a, Token b) Token("Pool Share", "POOL", 18, address(0), 0) {
        (token0, token1) = address(a) < address(b) ? (a, b) : (b, a);
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updated);
    }

    /// Issues shares for what was sent here since the last update.
    function mint(address to) external returns (uint256 shares) {
        uint256 amount0 = token0.balanceOf(address(this)) - reserve0;
        uint256 amount1 = token1.balanceOf(address(this)) - reserve1;
        shares = totalSupply == 0 ? root(amount0 * amount1) : amount0 * totalSupply / reserve0;
        totalSupply += shares;
        balanceOf[to] += shares;
        emit Transfer(address(0), to, shares);
        sync();
        emit Mint(msg.sender, amount0, amount1);
    }

    /// Redeems the shares that were sent here.
    function burn(address to) external returns (uint256 amount0, uint256 amount1) {
        uint256 shares = balanceOf[address(this)];
        amount0 = shares * reserve0 / totalSupply;
        amount1 = shares * reserve1 / totalSupply;
        totalSupply -= shares;
        balanceOf[address(this)] = 0;
        emit Transfer(address(this), address(0), shares);
        token0.transfer(to, amount0);
        token1.transfer(to, amount1);
        sync();
        emit Burn(msg.sender, amount0, amount1, to);
    }

    /// Pays out against what was sent here since the last update.
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata) external {
        if (amount0Out > 0) token0.transfer(to, amount0Out);
        if (amount1Out > 0) token1.transfer(to, amount1Out);
        uint256 balance0 = token0.balanceOf(address(this));
        uint256 balance1 = token1.balanceOf(address(this));
        uint256 amount0In = balance0 + amount0Out - reserve0;
        uint256 amount1In = balance1 + amount1Out - reserve1;
        require(
            (balance0 * 1000 - amount0In * 3) * (balance1 * 1000 - amount1In * 3)
                >= uint256(reserve0) * reserve1 * 1000 ** 2,
            "product"
        );
        sync();
        emit Swap(msg.sender, amount0In, amount1In, amount0Out, amount1Out, to);
    }

    function sync() private {
        uint32 elapsed;
        unchecked {
            elapsed = uint32(block.timestamp) - updated;
            if (elapsed > 0 && reserve0 > 0 && reserve1 > 0) {
                price0CumulativeLast += ((uint256(reserve1) << 112) / reserve0) * elapsed;
                price1CumulativeLast += ((uint256(reserve0) << 112) / reserve1) * elapsed;
            }
        }
        reserve0 = uint112(token0.balanceOf(address(this)));
        reserve1 = uint112(token1.balanceOf(address(this)));
        updated = uint32(block.timestamp);
        emit Sync(reserve0, reserve1);
    }

    function root(uint256 x) private pure returns (uint256 y) {
        y = x;
        for (uint256 z = x / 2 + 1; z < y; z = (x / z + z) / 2) y = z;
    }
}
