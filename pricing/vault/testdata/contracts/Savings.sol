// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function transferFrom(address, address, uint256) external returns (bool);
}

/// A vault after ERC-4626 whose assets are what it holds, so that whoever sends
/// it tokens raises the rate.
contract Savings {
    address public immutable asset;
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;

    constructor(address asset_) {
        asset = asset_;
    }

    function deposit(uint256 assets, address to) external returns (uint256 shares) {
        shares = totalSupply == 0 ? assets * 1e12 : assets * totalSupply / totalAssets();
        IToken(asset).transferFrom(msg.sender, address(this), assets);
        totalSupply += shares;
        balanceOf[to] += shares;
    }

    function totalAssets() public view returns (uint256) {
        return IToken(asset).balanceOf(address(this));
    }

    function convertToAssets(uint256 shares) external view returns (uint256) {
        return totalSupply == 0 ? shares / 1e12 : shares * totalAssets() / totalSupply;
    }
}
