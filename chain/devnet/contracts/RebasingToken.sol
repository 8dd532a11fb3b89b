// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// A token whose balances are shares of a pool. A rebase changes every
/// balance without a Transfer event.
contract RebasingToken {
    mapping(address => uint256) public sharesOf;
    mapping(address => mapping(address => uint256)) public allowance;
    uint256 public totalShares;
    uint256 public totalSupply;
    uint8 public constant decimals = 18;
    string public name;
    string public symbol;
    address public oracle = msg.sender;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Rebase(uint256 totalSupply);

    constructor(string memory name_, string memory symbol_, address holder, uint256 supply) {
        (name, symbol) = (name_, symbol_);
        (totalShares, totalSupply, sharesOf[holder]) = (supply, supply, supply);
        emit Transfer(address(0), holder, supply);
    }

    function balanceOf(address holder) external view returns (uint256) {
        return sharesOf[holder] * totalSupply / totalShares;
    }

    function rebase(uint256 supply) external {
        require(msg.sender == oracle, "not the oracle");
        totalSupply = supply;
        emit Rebase(supply);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        uint256 shares = value * totalShares / totalSupply;
        sharesOf[from] -= shares;
        sharesOf[to] += shares;
        emit Transfer(from, to, value);
    }
}
