// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// The memory of a Uniswap V3 pool without the pool: ticks that are set by hand,
/// observed and summed up as V3 does, of which only so many are kept. Its liquidity
/// is set by hand, too, and has been what it is for ever.
contract Ticks {
    struct Observation {
        uint32 time;
        int56 sum;
    }

    int24 private tick;
    Observation[] private observations;
    uint256 private immutable kept;
    uint128 private liquidity = type(uint128).max;

    constructor(uint256 kept_, int24 tick_) {
        (kept, tick) = (kept_, tick_);
        observations.push(Observation(uint32(block.timestamp), 0));
    }

    /// What a swap does to the tick: the time until now counts for the old one.
    function move(int24 to) external {
        Observation memory newest = observations[observations.length - 1];
        uint32 now_ = uint32(block.timestamp);
        int56 sum = newest.sum + int56(tick) * int56(uint56(now_ - newest.time));
        observations.push(Observation(now_, sum));
        tick = to;
    }

    function work(uint128 liquidity_) external {
        liquidity = liquidity_;
    }

    function observe(uint32[] calldata ago) external view returns (int56[] memory sums, uint160[] memory perLiquidity) {
        (sums, perLiquidity) = (new int56[](ago.length), new uint160[](ago.length));
        for (uint256 i = 0; i < ago.length; i++) {
            uint32 time = uint32(block.timestamp) - ago[i];
            sums[i] = at(time);
            perLiquidity[i] = uint160((uint256(time) << 128) / (liquidity > 0 ? liquidity : 1));
        }
    }

    function at(uint32 time) private view returns (int56) {
        uint256 last = observations.length - 1;
        Observation memory newest = observations[last];
        if (time >= newest.time) return newest.sum + int56(tick) * int56(uint56(time - newest.time));
        for (uint256 i = last; i > 0 && last - i + 1 < kept; i--) {
            Observation memory a = observations[i - 1];
            if (time < a.time) continue;
            Observation memory b = observations[i];
            return a.sum + (b.sum - a.sum) / int56(uint56(b.time - a.time)) * int56(uint56(time - a.time));
        }
        revert("OLD");
    }
}
