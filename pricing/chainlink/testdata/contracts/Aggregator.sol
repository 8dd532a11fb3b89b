// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Rounds of reports with the interface of an aggregator behind a Chainlink
/// feed. Reports carry their own times, as they do on the networks that Chainlink
/// reports to; rounds may be left out.
contract Aggregator {
    struct Report {
        int256 answer;
        uint256 updatedAt;
    }

    uint8 public immutable decimals;
    string public description;
    int192 public minAnswer;
    int192 public maxAnswer;
    uint80 private last;
    bool private immutable reverting;
    mapping(uint80 => Report) private reports;

    constructor(string memory description_, uint8 decimals_, int192 min, int192 max, bool reverting_) {
        (description, decimals, minAnswer, maxAnswer, reverting) = (description_, decimals_, min, max, reverting_);
    }

    /// Reports now, leaving out some rounds before.
    function report(int256 answer, uint80 skipped) external {
        last += 1 + skipped;
        reports[last] = Report(answer, block.timestamp);
    }

    /// Reports rounds of the past, each so many seconds and so much after the
    /// one before.
    function backfill(uint256 rounds, uint256 first, uint256 step, int256 answer, int256 rise) external {
        for (uint256 i = 0; i < rounds; i++) {
            last++;
            reports[last] = Report(answer + int256(i) * rise, first + i * step);
        }
    }

    function latestRound() external view returns (uint256) {
        return last;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(last);
    }

    /// The first kind of aggregators reverts for a round that is not there, the
    /// later kinds return zeros.
    function getRoundData(uint80 round) public view returns (uint80, int256, uint256, uint256, uint80) {
        Report memory r = reports[round];
        require(r.updatedAt > 0 || !reverting, "No data present");
        return (round, r.answer, r.updatedAt, r.updatedAt, round);
    }
}

/// A proxy before aggregators with the interface and the round ids of
/// Chainlink's: the phase stands in the bits from 64 on.
contract AggregatorProxy {
    uint16 public phaseId;
    mapping(uint16 => Aggregator) public phaseAggregators;

    constructor(Aggregator first) {
        change(first);
    }

    function change(Aggregator to) public {
        phaseId++;
        phaseAggregators[phaseId] = to;
    }

    function aggregator() public view returns (Aggregator) {
        return phaseAggregators[phaseId];
    }

    function decimals() external view returns (uint8) {
        return aggregator().decimals();
    }

    function description() external view returns (string memory) {
        return aggregator().description();
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        (uint80 r, int256 a, uint256 s, uint256 u, uint80 i) = aggregator().latestRoundData();
        return (in_(phaseId, r), a, s, u, in_(phaseId, i));
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        uint16 phase = uint16(id >> 64);
        (uint80 r, int256 a, uint256 s, uint256 u, uint80 i) = phaseAggregators[phase].getRoundData(uint64(id));
        return (in_(phase, r), a, s, u, in_(phase, i));
    }

    function in_(uint16 phase, uint80 round) private pure returns (uint80) {
        return (uint80(phase) << 64) | round;
    }
}
