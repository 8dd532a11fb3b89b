// Package incident reads write-ups of crypto thefts the way a careful person
// does.
//
// # Input
//
// [Parse] takes a Markdown document with YAML front matter, as people write
// them: with typographic quotes, stray colons, lists that are indented as code,
// broken links, sections missing or in another order. It never fails. Nothing
// is fetched, and the result depends on the bytes alone.
//
// # Output
//
// An [Incident]: the figures that the text states ([Claim]), the addresses and
// transactions that it mentions, its timeline, and everything that a reader
// should look at twice ([Problem]), each with line and column. Figures are
// literal. Where the literal reading is implausible the claim carries other
// [Reading]s, likeliest first, and a problem says why; nothing is corrected. A
// sum in words of loss that is taken for something else (a part, an earlier
// theft, what the attacker made of it) is left out of the claims, and a problem
// says so. In the section on the losses that holds for every sum of money, in
// whatever words, but for prices of one and for a value that its line has shown
// already.
//
// # Limits
//
// The language is English. What an address is to the incident is judged by the
// words around it, never by looking at a chain. Exchange rates are not known
// here: money that is not dollars stays in its currency. Blocks with more
// delimiters or deeper nesting than prose has are read as plain text, with a
// problem that says so.
package incident
