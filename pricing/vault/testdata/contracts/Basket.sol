// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

interface IHeld {
    function balanceOf(address) external view returns (uint256);
}

/// A pool of several coins with the methods of Curve's, which states so many
/// times what it holds. Its shares are its own, or those of a PoolToken that it
/// names.
contract Basket {
    address[] public coins;
    address public lp_token;
    uint256 public totalSupply;
    uint8 public constant decimals = 18;
    uint256 private immutable times;

    constructor(address[] memory coins_, uint256 supply, uint256 times_) {
        (coins, totalSupply, times) = (coins_, supply, times_);
    }

    function name(address shares) external {
        lp_token = shares;
    }

    function balances(uint256 i) external view returns (uint256) {
        return IHeld(coins[i]).balanceOf(address(this)) * times;
    }
}

/// The shares of a pool that keeps them apart.
contract PoolToken {
    address public immutable minter;
    uint256 public immutable totalSupply;
    uint8 public constant decimals = 18;

    constructor(address minter_, uint256 supply) {
        (minter, totalSupply) = (minter_, supply);
    }
}
