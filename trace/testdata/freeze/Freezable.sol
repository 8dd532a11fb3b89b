// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// A dollar whose issuer freezes holders, with the function by which Tether's
/// contract says so.
contract Freezable {
    event Transfer(address indexed from, address indexed to, uint256 value);

    string public constant name = "Tether USD";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;
    mapping(address => uint256) public balanceOf;
    mapping(address => bool) public isBlackListed;

    function issue(address to, uint256 value) external {
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        require(!isBlackListed[msg.sender], "frozen");
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }

    function addBlackList(address holder) external {
        isBlackListed[holder] = true;
    }

    function removeBlackList(address holder) external {
        isBlackListed[holder] = false;
    }
}
