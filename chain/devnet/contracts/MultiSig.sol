// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// A wallet that does what two of its three owners signed. Anybody may submit
/// the signatures.
contract MultiSig {
    mapping(address => bool) public isOwner;
    uint256 public nonce;

    event Received(address indexed from, uint256 value);
    event Executed(address indexed to, uint256 value, uint256 nonce);

    constructor(address[3] memory owners) {
        for (uint256 i; i < 3; i++) isOwner[owners[i]] = true;
    }

    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    function digest(address to, uint256 value, bytes calldata data, uint256 nonce_) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), to, value, data, nonce_));
    }

    /// Executes a call that two owners signed, the lower address first.
    function execute(address to, uint256 value, bytes calldata data, bytes calldata signatures) external {
        bytes32 what = digest(to, value, data, nonce);
        address first = signer(what, signatures[:65]);
        address second = signer(what, signatures[65:]);
        require(first < second && isOwner[first] && isOwner[second], "signatures");
        emit Executed(to, value, nonce++);
        (bool done,) = to.call{value: value}(data);
        require(done, "call");
    }

    function signer(bytes32 what, bytes calldata signature) private pure returns (address) {
        return ecrecover(what, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}
