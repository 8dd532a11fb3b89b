// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// A token after ERC-4626 whose shares are worth what is set by hand.
contract Vault {
    uint256 public assetsPerShare;

    constructor(uint256 assetsPerShare_) {
        assetsPerShare = assetsPerShare_;
    }

    function set(uint256 assetsPerShare_) external {
        assetsPerShare = assetsPerShare_;
    }

    function convertToAssets(uint256 shares) external view returns (uint256) {
        return shares * assetsPerShare / 1e18;
    }
}
