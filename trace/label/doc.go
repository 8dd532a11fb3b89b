// Package label keeps attribution tags: who an address is said to be, by whom,
// and how sure they are.
//
// # Input
//
// [Builtin] is a set of well-known services that comes with the program.
// [ReadCSV] and [ReadTagPack] read what somebody else collected: a table, or a
// GraphSense TagPack in YAML; [Read] chooses by the file's name. A tag without
// a source is refused, with the file and the line.
//
// # Output
//
// A [Book] answers what is said of an address on a chain. Tags that contradict
// each other stay side by side, the surest first: the book does not decide.
//
// # Limits
//
// A tag is hearsay. It says what a named source said at the time it was read;
// nothing here asks a chain, and no owner is guessed from behaviour. The
// built-in set is small and from no single date: services change their wallets,
// and an address that is missing from it may be anybody's. Deposit addresses,
// which exchanges make for every customer, are not in it.
//
// A sanctions list names persons and the addresses they used. The built-in set
// carries those that the list gives for ether, for every EVM chain, because a
// key opens the same address on each of them, with the days on which they were
// put on it and taken off, from the authority's notices as others keep them; a tag
// without a day would hold at all times. Tornado Cash is in it as a mixer, and as
// sanctioned from August or November 2022 until 21 March 2025.
//
// Confidence is on the scale of the source, 0 to 100, and comparable only
// roughly: 95 and above for the party's own publication or an authority's list,
// 80 for addresses that a third party compiled from the owner's publication, 70
// for an explorer's public name tag, 60 for what independent projects agree on.
package label
