// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Answers any method with what it was told to, and refuses the others: a
/// contract that can claim to be anything.
contract Claims {
    mapping(bytes4 => bytes) private answers;

    function claim(bytes4 method, bytes calldata answer) external {
        answers[method] = answer;
    }

    fallback(bytes calldata) external payable returns (bytes memory) {
        bytes memory answer = answers[msg.sig];
        require(answer.length > 0, "no such method");
        return answer;
    }
}
