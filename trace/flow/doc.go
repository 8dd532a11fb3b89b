// Package flow follows stolen funds from hop to hop and says where they are.
//
// # Input
//
// A [Request]: what to follow (amounts that left a victim, or everything that an
// address sends out), a policy, limits, and transfers: imported
// ([Record.ReadCSV]), already pulled ([chain.History]), or pulled on the way
// through a [Historian]. Tags, prices, freezes and bridge messages come in
// through small interfaces; each may be absent, and the result then says less.
//
// # Output
//
// A [Result]: the edges along which the funds moved, the terminals where the
// trace stops, what is still held, what could not be resolved, what every limit
// cut off, and a proof of conservation in base units for every asset:
//
//	sources + converted in = terminals + held + fees + converted out + unresolved
//
// It holds for every policy but poison, is checked in every run, and a run
// that breaks it returns [ConservationError] and no figures.
//
// # Definitions
//
// A holding is one asset of one account on one chain. Its balance is made of
// lots, each tainted or clean. Where a holding sends more than is known to have
// come in, it begins with one clean lot, older than every transfer, of the
// largest shortfall over time; [Result.Openings] lists these assumptions.
//
// Order. Transfers act in canonical order: block, place within the block. Where
// several chains take part, they are merged by block time, which within a chain
// never runs backward. Two hops in one block are two hops. Where several txs of
// a block share one index, an export does not say which came first: among them an
// account is taken to be paid before it pays, and the result says so.
// One import without an index acts, within a block, in the order of its rows instead,
// where that agrees with what payments need; where the rows are not in the order of
// blocks, 30 payments at least have to show it. The result says so too.
//
// Dollars. A table of flows that has dollars and no assets is followed as one asset,
// [Dollars]; what was swapped cannot be seen in it.
//
// Netting. Within one tx each account's movements of one asset are netted: what
// it received there is what it sends on, so that routers, aggregators and flash
// loans vanish and do not count as hops. A tagged exchange, mixer, bridge,
// burn or sanctioned address never vanishes. Nor does a source: what it pays it
// has sent, save what goes back in that tx to who gave it.
//
// Tags. The surest tag of a kind that ends a trace decides where an account ends
// it; all others stand beside it in the result. A tag that holds for a time only,
// as a listing by an authority, decides nothing where it held at no moment at
// which the account got anything; where it held at some of them, the result says
// how much came while it did.
//
// Conversion. An account that gives tainted value and receives other assets in
// the same tx has converted: the taint leaves what it gave and rests on what it
// got, in proportion; what the counterparty received is clean, but for what it
// gave of stolen funds itself. What went to others, from whom no way leads back in
// the tx, was paid. A payer who got nothing but whose counterparty gave other
// assets to third parties in that tx has paid through the counterparty, and the
// taint goes to what was given. Swaps, wraps, liquidity in and out, batch auctions,
// lending and vault shares are all this one rule; no list of protocols is
// involved. Where both sides are priced
// and what came back is worth less than half of what was given, only that part
// counts as converted and the rest as paid. Where one side has no price the
// rule is a heuristic and the conversion says so. Several given assets count
// by value where all are priced, else equally. Tainted parts are rounded down.
// A trade may also take two txs: where the last of the funds that an account got
// came from whom it pays another asset within an hour, and both are worth the same
// within a tenth, what rests of the payment becomes what came back for it. That is
// a heuristic, and the conversion says so.
// Exports of transfers do not have the token that the wrapping contract of a coin
// issues and takes back; it is added, one to one ([Record.Wraps]).
//
// Policies. v leaves a holding of balance B with tainted part T:
//
//	fifo           lots leave in the order in which they came
//	lifo           the youngest lot leaves first
//	haircut        floor(v·T/B) of it is tainted, the remainder stays
//	poison         all of it, once the holding has ever received taint
//	tainted-first  min(v, T)
//	tainted-last   max(0, v − (B − T))
//
// The names that English law has for some of them are given by
// [Policy.LegalName]; which one binds is not for a program to say. Lots that
// leave together arrive in the order in which they left.
//
// Gas is an outflow of the coin under the same policy, after the other movements
// of its tx; the tainted part is a fee. Gas of a source is not part of what it
// sends.
//
// Sources. Of a stolen amount exactly that many base units, leaving that victim
// in that tx, are tainted. Of a source address everything it sends to others
// is, also through a pool; what it swaps for itself has not been sent. What comes
// back to a source or victim ends there.
//
// Bridges. What a bridge was told in a tx says where the funds went on. Of what came
// out as large a part is followed as was tainted of what the bridge got of the asset
// that it tells of. Where it got other assets instead, a router of bridges swapped
// them first: the part is then that of all that the payer gave, by value where it is
// not the same of each, which is a heuristic and is said with the crossing. An account that
// nobody has tagged is a bridge's where what the bridge was told in a tx shows that it
// keeps what crosses, and what is burnt so as to come out elsewhere ends at a bridge;
// both are derived. A tagged bridge that was told nothing in a tx in which the payer
// got other assets back has swapped: that is a conversion as any other.
//
// Terminals. Tagged services; burn addresses; hubs, which are addresses with the
// traffic of a service by [Limits.HubSenders], [Limits.HubRecipients] and
// [Limits.HubCounterparties], where payers whom the funds had reached do not count:
// they are a launderer's own and no customers; holdings frozen by their issuer;
// the horizon, where a limit ended the trace; the sources themselves. What rests
// with an account whose history is known to the end is held. What rests where nobody
// could look is unresolved. An address all of whose payments go to one
// exchange, each within 3,200 blocks of a receipt of the same amount (for coins
// within 0.01 of a coin), is a deposit address of that exchange (Victor,
// "Address Clustering Heuristics for Ethereum", FC 2020); this is a heuristic, and
// what rests at such an address counts as arrived only if it forwarded twice.
//
// Likely services. An account with less traffic than a hub is passed. Where it has a
// tenth of that traffic and carries code, or a quarter of it, and most of what it got
// was not what is followed, [Result.Likely] points it out with the measure: a
// heuristic that ends nothing. The 200 by which the funds went on most often are
// measured; a warning tells of more.
//
// Backward. The same engine on the mirrored ledger, where time and direction
// are reversed, shows what funded an address. FIFO and LIFO are their own
// mirror images: what they pair forward they pair backward.
//
// Value. Terminals and edges are valued movement by movement at its time, what
// is held at the rate of its last arrival. Dollars given in an import are kept
// to a millionth. What has no price has no value, which is not zero.
//
// # Memory
//
// Transfers that were pulled are referred to and not copied. A run takes some 50
// bytes for each, and some 80 for each holding that the funds may reach; what moved
// nothing is let go of at its end. An import is held in some 100 bytes a row.
//
// # Limits
//
// A trace knows what the transfers say. Movements inside a service are not
// visible, and after a service the trace ends. An asset whose transfers add up
// to more than 2^256 is not traced; it stands among the unresolved. A history
// pulled address by address shows only the legs that touch the address: paying
// a third party through a pool is then seen only where a [TxReader] completes
// the tx.
package flow
