// Package reconcile sets what a write-up claims against what the chain shows.
//
// # Input
//
// The claims of an incident, the statement of its loss, which chains could be
// looked at, and quotes.
//
// # Output
//
// A [Finding] for every claim: what was measured, the difference, the tolerance
// and why it is that wide, a verdict, and causes. Losses that no claim mentions
// are listed beside them, and the share of the reported value that could be
// checked.
//
// # Rules
//
// Tolerance follows the writer's own precision: half a unit of the last place
// written, doubled by words such as "around"; "over" and "nearly" bound one side
// only. Dollars get the spread of the quotes around the theft on top. Claims are
// compared with gross loss; lines that speak of one asset in parts are compared
// together.
//
// A cause is named only where the arithmetic supports it: where the claim, to
// its own precision, is another sum of the case. Tried are, in this order,
// other units and scales; what was cut off in rounding; the sum of the lines
// where one of them is wrong; the loss net of returns, of the attackers' own
// capital, of what leaked; what swaps brought in; assets counted twice or left
// out; what victims paid to unknown addresses meanwhile; and prices of other
// dates, late, because among many dates one will often fit by chance. A digit too
// many or too few is the last, where nothing else fits: what was kept when nine
// tenths came back looks the same. A token of which nothing was lost, with the
// figure of another that no line speaks of, was misnamed. The first cause is the
// likeliest; there can be several.
//
// An asset is met by its contract where it is known which one bears its name, and
// by what the contract calls itself only where none is; the coin and its wrapped
// form count as one where no line tells them apart. A claim that is more than what was
// measured is open where more was lost that bears the name and has no price. A figure that its own line
// dates to another year is of another incident.
//
// # Limits
//
// A difference is a finding and stays one: nothing is adjusted to match. What
// could not be looked at is unverifiable, which accuses nobody.
package reconcile
