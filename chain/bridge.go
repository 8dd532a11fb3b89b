package chain

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

// Crossing is what a bridge was told in a tx: that something is to come out on
// another chain, and for whom.
type Crossing struct {
	Ref    Ref    // the log that says so
	Bridge string // name in prose
	// Emitter wrote the log. Anybody can write the same event; Known is set
	// where the emitter is one of the bridge's contracts, by [BridgeContracts].
	Emitter common.Address
	Known   bool

	// Destination is the short name of a [Network], the lower-case name of a
	// chain that is no EVM, CAIP-2 for an EVM chain that is not listed, or the
	// bridge's own number ("layerzero:30999") where it is not known here.
	Destination        string
	DestinationChainID uint64 // EIP-155; 0 where there is none or it is not known

	Depositor common.Address // who handed the funds over; zero where the message does not say
	// Recipient is an address in lower case on an EVM chain, else the text or,
	// in hexadecimal, the bytes that the message carries.
	Recipient string

	// What was handed over, as far as the message says.
	Asset AssetID
	Units uint256.Int
	// What is to come out, as far as the message says.
	Received      AssetID
	ReceivedUnits uint256.Int

	ID      string // by which the bridge's two sides name the movement; may be empty
	Arrival Arrival

	// Escrow keeps what was handed over, where the message shows a contract that
	// may be none of the bridge's known ones.
	Escrow common.Address
	// Mapping is asked before a burn is believed to be a departure; nil for
	// messages that speak for themselves.
	Mapping *Mapping
	// toward gives the arrival on a chain, where the message does not name the
	// chain and every one may be it.
	toward func(chainID uint64) Arrival
	// wrapper is set for the word of who hands on to other bridges.
	wrapper bool
}

// Mapping is the question to a contract on the chain of departure what a burnt
// token stands for on the other side.
type Mapping struct {
	Contract common.Address
	Input    []byte
	mapped   func(c *Crossing, root common.Address)
}

// Mapped reads the answer to the crossing's Mapping. It reports whether the
// bridge knows the token, and the crossing is then a known one.
func (c *Crossing) Mapped(answer []byte) bool {
	if len(answer) != 32 {
		return false
	}
	root, ok := wordAddress(answer)
	if !ok || root == (common.Address{}) {
		return false
	}
	c.Known = true
	c.Mapping.mapped(c, root)
	return true
}

// Nameless reports whether the message leaves the destination open, so that it
// has to be looked for.
func (c *Crossing) Nameless() bool { return c.toward != nil }

// Toward returns the crossing as one to a chain that its message left open.
func (c *Crossing) Toward(chainID uint64) Crossing {
	to := *c
	to.toward = nil
	to.toEVM(chainID)
	to.Arrival = c.toward(chainID)
	return to
}

// Arrival says how the other side of a crossing is recognised. The zero
// Arrival means that nothing on the other side names the crossing, so that it
// cannot be told from others like it.
type Arrival struct {
	// Tx is the tx on the other chain, where it follows from the message.
	Tx common.Hash
	// A log of one of Contracts with Topics, and with Words at their places in
	// its data, is the arrival. No contract means any.
	Contracts []common.Address
	Topics    [][]common.Hash
	Words     []DataWord
	// TopicIsTx is the position of the topic that names the tx which pays; 0
	// means the log's own tx.
	TopicIsTx int
	// InputHolds are bytes that the input of the arrival's tx holds: none is any
	// tx.
	InputHolds []byte
	// Seconds after the departure within which it is usual.
	Seconds uint64
	// Sole is set where the log only repeats what was told at the departure: of
	// two that do, nobody can say which is the arrival.
	Sole bool
	// First is a later message on the chain of departure, for a batch that
	// leaves when it is full. Its Next turns that message into the arrival.
	First *Arrival
	seat  *busSeat
	exit  interface{ holds(*types.Log) bool } // nil for any
}

// DataWord is 32 bytes of a log's data, counted in words.
type DataWord struct {
	At    int
	Value common.Hash
}

// IsZero reports whether the arrival cannot be recognised.
func (a *Arrival) IsZero() bool {
	return a.Tx == (common.Hash{}) && len(a.Topics) == 0 && a.First == nil
}

// Is reports whether a log is the arrival.
func (a *Arrival) Is(l *types.Log) bool {
	if len(a.Topics) == 0 || !oneOf(a.Contracts, l.Address) {
		return false
	}
	for i, set := range a.Topics {
		if i >= len(l.Topics) || !oneOf(set, l.Topics[i]) {
			return false
		}
	}
	for _, w := range a.Words {
		if len(l.Data)/32 <= w.At || common.BytesToHash(l.Data[32*w.At:32*w.At+32]) != w.Value {
			return false
		}
	}
	return (a.seat == nil || a.seat.holds(l)) && (a.exit == nil || a.exit.holds(l))
}

// Next returns the arrival that a message on the chain of departure, for which
// Is holds, announces.
func (a *Arrival) Next(l *types.Log) Arrival {
	if a.seat == nil {
		return Arrival{}
	}
	return a.seat.arrival(l)
}

// TxOf returns the tx that pays, by a log for which Is holds.
func (a *Arrival) TxOf(l *types.Log) common.Hash {
	if a.TopicIsTx > 0 && a.TopicIsTx < len(l.Topics) {
		return l.Topics[a.TopicIsTx]
	}
	return l.TxHash
}

func oneOf[T comparable](set []T, v T) bool {
	for _, x := range set {
		if x == v {
			return true
		}
	}
	return len(set) == 0
}

// bridgeDay is a day in seconds.
const bridgeDay = 86_400

// Crossings decodes what bridges were told, from all the logs of one tx on a
// chain, in their order. It knows:
//
//   - Across: FundsDeposited of V2 (both forms), V3FundsDeposited, and the
//     FundsDeposited with 32-byte addresses
//   - LayerZero V2 packets (PacketSent) that carry OFT or Stargate V2 messages, taxi
//     and bus; V1 packets (Packet of the UltraLightNode) of Stargate V1. Other
//     packets carry messages of other layouts and are left out
//   - Wormhole's token bridge: transfers with and without payload; native token
//     transfers over Wormhole, by the word of their own contracts
//   - Hop: TransferSentToL2 and TransferSent
//   - Synapse: the six events with which its bridge is told to send
//   - Celer: Send of the liquidity pools, Deposited of the vaults and Burn of the
//     pegged tokens, both versions
//   - THORChain: Deposit with the memo of a swap
//   - deBridge DLN: CreatedOrder, with and without metadata
//   - Multichain: LogAnySwapOut of the routers V3 to V7 (not the cross-chain trades)
//   - Chainflip: swaps and calls through the vault (not deposit channels)
//   - Linea and Scroll: ether and tokens both ways by their own bridges
//   - LI.FI: LiFiTransferStarted, where no bridge behind it is known
//   - CCTP: DepositForBurn of V1 and of V2
//   - the OP Stack: deposits through the standard bridge and the portal,
//     withdrawals through both; Mantle, save deposits straight into its portal
//   - ZKsync Era: ether and tokens both ways, by the bridges of all its designs
//   - Arbitrum: ether deposits, retryable tickets, gateways both ways
//   - Polygon PoS: the predicates for ether and tokens, the plasma deposit manager, tunnels of the Fx
//     portal; withdrawals by burning a token and through the coin's contract
//
// Not decoded, because what they say could not be confirmed or because it
// names no recipient: Polygon's NFTs, OP Mainnet's before Bedrock, Stargate's STG
// token, SendUln301 of LayerZero, NFT bridges. A burn on Polygon is told with a
// Mapping to be asked. Emitters that are not among [BridgeContracts] are decoded
// and marked; logs of a bridge's own contract that do not have the event's layout
// are returned beside what could be read.
func Crossings(chainID uint64, logs []*types.Log) ([]Crossing, []*UnreadLogError) {
	b := bridgeReader{chainID: chainID, logs: logs}
	for i, l := range logs {
		if len(l.Topics) == 0 {
			continue
		}
		b.at = i
		for _, e := range bridgeEvents {
			if e.topic == l.Topics[0] {
				b.read(e)
			}
		}
	}
	return b.once(), b.unread
}

// once leaves out what another message of the tx tells better: bridges burn what
// leaves and speak of it themselves, and who hands on to a bridge that is known
// says less than that does.
func (b *bridgeReader) once() []Crossing {
	first := slices.ContainsFunc(b.found, func(c Crossing) bool { return c.Known && !c.wrapper })
	speaks := func(burn *Crossing) bool {
		return slices.ContainsFunc(b.found, func(o Crossing) bool {
			return o.Mapping == nil && (o.Known || o.Emitter == burn.Emitter) && (o.Asset.IsZero() || o.Asset == burn.Asset)
		})
	}
	return slices.DeleteFunc(b.found, func(c Crossing) bool { return c.Mapping != nil && speaks(&c) || c.wrapper && first })
}

// bridgeReader walks over the logs of a tx.
type bridgeReader struct {
	chainID uint64
	logs    []*types.Log
	at      int
	found   []Crossing
	unread  []*UnreadLogError
}

// bridgeEvent is one event of one bridge. Events of several bridges may have
// the same signature; where they do, indexed says which it is.
type bridgeEvent struct {
	bridge  string
	role    bridgeRole // whose contracts emit it
	topic   common.Hash
	indexed int
	// read fills in what the event says. It returns false for an event that
	// tells of no crossing; a log that ends too early is noticed by the log itself.
	read func(b *bridgeReader, l *eventLog, c *Crossing) bool
}

func newBridgeEvent(bridge string, role bridgeRole, signature string, indexed int, read func(*bridgeReader, *eventLog, *Crossing) bool) bridgeEvent {
	return bridgeEvent{bridge, role, crypto.Keccak256Hash([]byte(signature)), indexed, read}
}

func (b *bridgeReader) read(e bridgeEvent) {
	l := &eventLog{Log: b.logs[b.at]}
	c := Crossing{Bridge: e.bridge, Emitter: l.Address, Known: isBridgeContract(b.chainID, l.Address, e.role)}
	c.Ref = Ref{
		ChainID: b.chainID, Block: l.BlockNumber, BlockHash: Share(l.BlockHash), Tx: l.TxHash,
		TxIndex: uint32(l.TxIndex), Site: SiteLog, Index: uint32(l.Index),
	}
	fits := len(l.Topics) == e.indexed+1
	crosses := fits && e.read(b, l, &c)
	switch {
	case fits && !l.short && crosses:
		if !c.Known {
			c.Arrival = Arrival{} // what a stranger names proves nothing
		}
		b.found = append(b.found, c)
	case c.Known && (!fits || l.short):
		b.unread = append(b.unread, &UnreadLogError{Ref: c.Ref, Contract: l.Address, Why: "not the layout of " + e.bridge + "'s event"})
	}
}

// eventLog reads the arguments of an event. What lies beyond the log is zero
// and noted.
type eventLog struct {
	*types.Log
	short bool
}

func (l *eventLog) word(i int) (w common.Hash) {
	if i < 0 || i >= len(l.Data)/32 {
		l.short = true
		return w
	}
	return common.BytesToHash(l.Data[32*i : 32*i+32])
}

func (l *eventLog) topic(i int) common.Hash { return l.Topics[i] }

func (l *eventLog) address(w common.Hash) common.Address {
	a, ok := wordAddress(w[:])
	if !ok {
		l.short = true
	}
	return a
}

func (l *eventLog) number(w common.Hash) uint64 {
	n := units(w)
	if !n.IsUint64() {
		l.short = true
		return 0
	}
	return n.Uint64()
}

// tuple reads the dynamic struct whose offset stands in word i; nil where the
// data is short.
func (l *eventLog) tuple(i int) *eventLog {
	at := l.number(l.word(i))
	if l.short || at > uint64(len(l.Data)) {
		l.short = true
		return nil
	}
	return &eventLog{Log: &types.Log{Data: l.Data[at:]}}
}

// bytes reads the dynamic argument whose offset stands in word i.
func (l *eventLog) bytes(i int) []byte {
	b, ok := dynamicBytes(l.Data, 32*i)
	if !ok {
		l.short = true
	}
	return b
}

// dynamicBytes reads ABI-encoded bytes whose offset stands at position head.
func dynamicBytes(data []byte, head int) ([]byte, bool) {
	offset, ok := wordInt(data, head)
	if !ok {
		return nil, false
	}
	n, ok := wordInt(data, offset)
	if !ok || n > len(data)-offset-32 {
		return nil, false
	}
	return data[offset+32 : offset+32+n], true
}

func units(w common.Hash) uint256.Int { return *new(uint256.Int).SetBytes32(w[:]) }

func numberTopic(n uint64) common.Hash {
	w := uint256.NewInt(n).Bytes32()
	return common.Hash(w)
}

func addressWord(a common.Address) common.Hash { return common.BytesToHash(a[:]) }

// toEVM sends a crossing to the chain with an EIP-155 id.
func (c *Crossing) toEVM(chainID uint64) {
	n, _ := NetworkByID(chainID)
	c.DestinationChainID, c.Destination = chainID, n.Name
}

// toDomain sends a crossing to the chain that a bridge calls by a number of
// its own.
func (c *Crossing) toDomain(bridge string, domain uint64, names map[uint64]string) {
	name, ok := names[domain]
	if !ok {
		c.Destination = bridge + ":" + strconv.FormatUint(domain, 10)
		return
	}
	c.toName(name)
}

func (c *Crossing) toName(name string) {
	c.Destination = name
	if n, ok := NetworkByName(name); ok {
		c.DestinationChainID = n.ID
	}
}

// to names the recipient by 32 bytes: an address where the destination is an
// EVM chain and the word has the room of one, or is Solana, where it is mostly
// the account of one token and not its owner's; else the bytes.
func (c *Crossing) to(word common.Hash) {
	if a, ok := wordAddress(word[:]); ok && (c.DestinationChainID != 0 || evmAbroad[c.Destination] || strings.Contains(c.Destination, ":")) {
		c.Recipient = Hex(a)
		return
	}
	if c.Destination == "solana" {
		c.Recipient = base58(word[:])
		return
	}
	c.Recipient = strings.ToLower(word.Hex())
}

// base58 is the text of a Solana address, in the alphabet that Bitcoin uses. A
// leading zero byte is a one.
func base58(b []byte) string {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var out []byte
	n, digit, radix := new(big.Int).SetBytes(b), new(big.Int), big.NewInt(int64(len(alphabet)))
	for n.Sign() > 0 {
		n.QuoRem(n, radix, digit)
		out = append(out, alphabet[digit.Int64()])
	}
	for i := 0; i < len(b) && b[i] == 0; i++ {
		out = append(out, alphabet[0])
	}
	slices.Reverse(out)
	return string(out)
}

func (c *Crossing) toAddress(a common.Address) { c.Recipient = Hex(a) }

// toText names the recipient by text, which may be an address.
func (c *Crossing) toText(text string) {
	c.Recipient = Printable(text, 120)
	if a, err := ParseAddress(text); err == nil {
		c.toAddress(a)
	}
}

// token is an ERC-20 token of the chain of departure, or its coin where the
// bridge says so by the zero address.
func (b *bridgeReader) token(a common.Address) AssetID {
	return tokenOf(b.chainID, a)
}

// tokenOf is a token of a chain, or its coin where the zero address stands for it.
func tokenOf(chainID uint64, a common.Address) AssetID {
	if a == (common.Address{}) {
		return NativeAsset(chainID)
	}
	return Token(chainID, a)
}

// received is a token of the destination.
func (c *Crossing) received(a common.Address, units uint256.Int) {
	if c.DestinationChainID == 0 || a == (common.Address{}) {
		return
	}
	c.Received, c.ReceivedUnits = Token(c.DestinationChainID, a), units
}

// Paid picks, among everything that the tx of the arrival moved, what it paid
// to the recipient. It is false where nothing was, or where several payments
// could be meant.
func (c *Crossing) Paid(ts []Transfer) (Transfer, bool) {
	recipient, err := ParseAddress(c.Recipient)
	if err != nil {
		return Transfer{}, false
	}
	var best Transfer
	found, exact, again := false, false, false
	for i := range ts {
		t := &ts[i]
		if t.To != recipient || t.From == recipient || t.Units.IsZero() || t.ChainID != c.DestinationChainID || !c.pays(t) {
			continue
		}
		hit := !c.ReceivedUnits.IsZero() && t.Units == c.ReceivedUnits
		switch {
		case !found || hit && !exact:
			best, found, exact, again = *t, true, hit, false
		case hit == exact:
			again = true
		}
	}
	// Equal payments of one asset are as good as each other.
	return best, found && (!again || exact)
}

// pays reports whether a transfer can be what was to come out: a movement, of
// that asset where it is known. Bridges pay out the wrapped coin unwrapped.
func (c *Crossing) pays(t *Transfer) bool {
	switch t.Kind {
	case KindNative, KindInternal, KindERC20:
	default:
		return false
	}
	if c.Received.IsZero() || t.Asset == c.Received {
		return true
	}
	n, _ := NetworkByID(c.DestinationChainID)
	return t.Asset.Kind() == Native && n.Wrapped != (common.Address{}) && c.Received == Token(n.ID, n.Wrapped)
}

// String names the crossing for a person.
func (c *Crossing) String() string {
	whom := c.Recipient
	if whom == "" {
		whom = "somebody it does not name"
	}
	return fmt.Sprintf("%s to %s on %s", c.Bridge, whom, c.Destination)
}
