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
    string public symbol;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(address asset_, string memory symbol_) {
        (asset, symbol) = (asset_, symbol_);
    }

    function deposit(uint256 assets, address to) external returns (uint256 shares) {
        shares = totalSupply == 0 ? assets * 1e12 : assets * totalSupply / totalAssets();
        IToken(asset).transferFrom(msg.sender, address(this), assets);
        totalSupply += shares;
        balanceOf[to] += shares;
        emit Transfer(address(0), to, shares);
    }

    function transfer(address to, uint256 shares) external returns (bool) {
        balanceOf[msg.sender] -= shares;
        balanceOf[to] += shares;
        emit Transfer(msg.sender, to, shares);
        return true;
    }

    function totalAssets() public view returns (uint256) {
        return IToken(asset).balanceOf(address(this));
    }

    function convertToAssets(uint256 shares) public view virtual returns (uint256) {
        return totalSupply == 0 ? shares / 1e12 : shares * totalAssets() / totalSupply;
    }
}

/// A vault of the same look that says that each share redeems to a trillion.
contract Boast is Savings {
    constructor(address asset_, string memory symbol_) Savings(asset_, symbol_) {}

    function convertToAssets(uint256 shares) public pure override returns (uint256) {
        return shares;
    }
}
