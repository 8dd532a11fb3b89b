package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

const sigTransfer = "Transfer(address,address,uint256)"

// Topics of the events that move assets: keccak-256 of the signatures in
// ERC-20, ERC-721, ERC-1155 and the canonical wrapped-coin contract.
var (
	TopicTransfer       = crypto.Keccak256Hash([]byte(sigTransfer))
	TopicTransferSingle = crypto.Keccak256Hash([]byte("TransferSingle(address,address,address,uint256,uint256)"))
	TopicTransferBatch  = crypto.Keccak256Hash([]byte("TransferBatch(address,address,address,uint256[],uint256[])"))
	TopicDeposit        = crypto.Keccak256Hash([]byte("Deposit(address,uint256)"))
	TopicWithdrawal     = crypto.Keccak256Hash([]byte("Withdrawal(address,uint256)"))
)

// NativeLogEmitter is the address from which a chain with EIP-7708 logs the
// movements of its coin. [CoinTransfers] reads these logs.
var NativeLogEmitter = common.HexToAddress("0xfffffffffffffffffffffffffffffffffffffffe")

// An UnreadLogError reports a log with the topic of a transfer whose layout is
// not that of the standard, so that what it moved, if anything, is not known.
type UnreadLogError struct {
	Ref      Ref
	Contract common.Address
	Why      string
}

func (e *UnreadLogError) Error() string {
	return fmt.Sprintf("%s of %s: %s", e.Ref, Hex(e.Contract), e.Why)
}

// LogTransfers decodes one log. Logs of other events give nothing. The result
// keeps zero-value transfers: they are events that happened. What a chain logs
// of its coin (EIP-7708) is left to [CoinTransfers]. Deposit and
// Withdrawal count only at the chain's own wrapped-coin contract; anybody else
// can emit them. At the chain's [Network.CoinFace] a Transfer is one of the
// coin, where no call frame tells it, and nothing otherwise; a Mint is one from
// the zero address, where [Network.CoinMints] is set. Logs of one tx are better decoded together, by [Decoder.Logs],
// which knows a wrap that its contract told twice.
func (d Decoder) LogTransfers(l *types.Log, time uint64) ([]Transfer, error) {
	return d.AppendLog(nil, l, time)
}

// AppendLog appends what [Decoder.LogTransfers] would return to ts: nothing
// beside an error.
func (d Decoder) AppendLog(ts []Transfer, l *types.Log, time uint64) ([]Transfer, error) {
	face := d.Network.CoinFace != (common.Address{}) && l.Address == d.Network.CoinFace
	mints := face && d.Network.CoinMints && len(l.Topics) == 2 && l.Topics[0] == TopicCoinMint
	if len(l.Topics) == 0 || l.Address == NativeLogEmitter || face && !d.Network.CoinFaceOnly && !mints {
		return ts, nil
	}
	n := len(ts)
	t := Transfer{
		Ref: Ref{
			ChainID: d.Network.ID, Block: l.BlockNumber, BlockHash: Share(l.BlockHash),
			Tx: l.TxHash, TxIndex: uint32(l.TxIndex), Site: SiteLog, Index: uint32(l.Index),
		},
		Time: time,
	}
	var why string
	switch l.Topics[0] {
	case TopicTransfer:
		ts, why = decodeTransfer(ts, &t, l)
	case TopicTransferSingle:
		ts, why = decodeSingle(ts, &t, l)
	case TopicTransferBatch:
		ts, why = decodeBatch(ts, &t, l)
	case TopicCoinMint:
		if mints {
			ts, why = decodeCoinMint(ts, &t, l)
		}
	case TopicDeposit, TopicWithdrawal:
		if d.Network.Wrapped != (common.Address{}) && l.Address == d.Network.Wrapped {
			ts, why = decodeWrap(ts, &t, l)
		}
	}
	if why != "" {
		return ts[:n], &UnreadLogError{Ref: t.Ref, Contract: l.Address, Why: why}
	}
	if face {
		for i := n; i < len(ts); i++ {
			ts[i].Kind, ts[i].Asset = KindInternal, d.Network.Coin()
		}
	}
	return ts, nil
}

// TopicCoinMint is what L2BaseToken of ZKsync logs of a coin that was given for an
// account on the chain below, and of what is left of its gas (era-contracts,
// bootloader.yul). No call frame tells it.
var TopicCoinMint = crypto.Keccak256Hash([]byte("Mint(address,uint256)"))

func decodeCoinMint(ts []Transfer, t *Transfer, l *types.Log) ([]Transfer, string) {
	to, ok := wordAddress(l.Topics[1][:])
	if !ok || len(l.Data) != 32 {
		return ts, "not the layout of the coin's Mint"
	}
	t.To = to
	t.Units.SetBytes32(l.Data)
	return append(ts, *t), ""
}

// decodeTransfer tells ERC-20 from ERC-721 by what is indexed: the event has
// one signature, and the token id is indexed where a value is not.
func decodeTransfer(ts []Transfer, t *Transfer, l *types.Log) ([]Transfer, string) {
	switch {
	case len(l.Topics) == 3 && len(l.Data) == 32:
		t.Kind, t.Asset = KindERC20, Token(t.ChainID, l.Address)
		t.Units.SetBytes32(l.Data)
	case len(l.Topics) == 4 && len(l.Data) == 0:
		t.Kind, t.Asset = KindERC721, item(t.ChainID, ERC721, l.Address, l.Topics[3][:])
		t.Units.SetOne()
	case len(l.Topics) == 1 && len(l.Data) == 96:
		return ts, "Transfer without indexed arguments: a value and a token id look the same"
	default:
		return ts, fmt.Sprintf("Transfer with %d topics and %d bytes of data", len(l.Topics), len(l.Data))
	}
	return fromTo(ts, t, &l.Topics[1], &l.Topics[2])
}

func fromTo(ts []Transfer, t *Transfer, from, to *common.Hash) ([]Transfer, string) {
	var ok1, ok2 bool
	t.From, ok1 = wordAddress(from[:])
	t.To, ok2 = wordAddress(to[:])
	if !ok1 || !ok2 {
		return ts, "an address topic is wider than an address"
	}
	return append(ts, *t), ""
}

func wordAddress(word []byte) (common.Address, bool) {
	return common.Address(word[12:32]), [12]byte(word[:12]) == [12]byte{}
}

func decodeSingle(ts []Transfer, t *Transfer, l *types.Log) ([]Transfer, string) {
	if len(l.Topics) != 4 || len(l.Data) != 64 {
		return ts, fmt.Sprintf("TransferSingle with %d topics and %d bytes of data", len(l.Topics), len(l.Data))
	}
	erc1155(t, l.Address, l.Data[:32], l.Data[32:])
	return fromTo(ts, t, &l.Topics[2], &l.Topics[3])
}

func erc1155(t *Transfer, contract common.Address, id, value []byte) {
	t.Kind, t.Asset = KindERC1155, item(t.ChainID, ERC1155, contract, id)
	t.Units.SetBytes32(value)
}

func item(chainID uint64, kind AssetKind, contract common.Address, id []byte) AssetID {
	return Item(chainID, kind, contract, new(uint256.Int).SetBytes32(id).Dec())
}

func decodeBatch(ts []Transfer, t *Transfer, l *types.Log) ([]Transfer, string) {
	if len(l.Topics) != 4 {
		return ts, fmt.Sprintf("TransferBatch with %d topics", len(l.Topics))
	}
	ids, ok1 := words(l.Data, 0)
	values, ok2 := words(l.Data, 32)
	if !ok1 || !ok2 || len(ids) != len(values) {
		return ts, "TransferBatch whose lists do not fit its data"
	}
	for i := 0; i < len(ids); i += 32 {
		erc1155(t, l.Address, ids[i:i+32], values[i:i+32])
		t.Part = uint32(i / 32)
		var why string
		if ts, why = fromTo(ts, t, &l.Topics[2], &l.Topics[3]); why != "" {
			return ts, why
		}
	}
	return ts, ""
}

// words returns the elements of an ABI-encoded uint256[] whose offset stands
// at position head of data.
func words(data []byte, head int) ([]byte, bool) {
	offset, ok := wordInt(data, head)
	if !ok {
		return nil, false
	}
	n, ok := wordInt(data, offset)
	if !ok || n > (len(data)-offset-32)/32 {
		return nil, false
	}
	return data[offset+32 : offset+32+32*n], true
}

// wordInt reads the word at position at as an offset or length within data.
func wordInt(data []byte, at int) (int, bool) {
	if at < 0 || at > len(data)-32 {
		return 0, false
	}
	v := new(uint256.Int).SetBytes32(data[at : at+32])
	if !v.IsUint64() || v.Uint64() > uint64(len(data)) {
		return 0, false
	}
	return int(v.Uint64()), true
}

func decodeWrap(ts []Transfer, t *Transfer, l *types.Log) ([]Transfer, string) {
	if len(l.Topics) != 2 || len(l.Data) != 32 {
		return ts, fmt.Sprintf("wrapped-coin event with %d topics and %d bytes of data", len(l.Topics), len(l.Data))
	}
	holder, ok := wordAddress(l.Topics[1][:])
	if !ok {
		return ts, "an address topic is wider than an address"
	}
	t.Asset = Token(t.ChainID, l.Address)
	t.Units.SetBytes32(l.Data)
	if l.Topics[0] == TopicDeposit {
		t.Kind, t.From, t.To = KindWrap, l.Address, holder
	} else {
		t.Kind, t.From, t.To = KindUnwrap, holder, l.Address
	}
	return append(ts, *t), ""
}

// CoinTransfers returns what the logs of a tx say of the chain's coin on a
// chain that logs its movements (EIP-7708), at the places of these logs. The
// value of the tx itself, which the first of them repeats, is left to
// [TxTransfers]. Movements of nothing and those to oneself are not logged, nor
// are fees, withdrawals and rewards. Logs are in order of their index.
func CoinTransfers(tx *Tx, logs []*types.Log) []Transfer {
	var ts []Transfer
	value := !tx.Failed && !tx.Value.IsZero()
	for _, l := range logs {
		if l.Address != NativeLogEmitter || len(l.Topics) != 3 || l.Topics[0] != TopicTransfer || len(l.Data) != 32 {
			continue
		}
		t := tx.At()
		t.Kind, t.Site, t.Index = KindInternal, SiteLog, uint32(l.Index)
		t.From, t.To = common.BytesToAddress(l.Topics[1][12:]), common.BytesToAddress(l.Topics[2][12:])
		t.Units.SetBytes32(l.Data)
		if value && t.From == tx.From && t.To == tx.recipient() && t.Units.Eq(&tx.Value) {
			value = false // only the first: a contract may send the same again
			continue
		}
		ts = append(ts, t)
		value = false
	}
	return ts
}

// Decoder turns logs of one network into transfers.
type Decoder struct{ Network Network }

// Logs decodes logs in canonical order. Some wrapped-coin contracts tell a
// wrap twice, as Deposit and as a Transfer from zero; the Transfer is kept.
// Logs that could not be read are returned beside what could.
func (d Decoder) Logs(logs []*types.Log, time func(block uint64) uint64) ([]Transfer, []*UnreadLogError) {
	var ts []Transfer
	var unread []*UnreadLogError
	for _, l := range logs {
		var err error
		ts, err = d.AppendLog(ts, l, time(l.BlockNumber))
		if e, ok := err.(*UnreadLogError); ok {
			unread = append(unread, e)
		}
	}
	SortTransfers(ts)
	return dropRepeatedWraps(ts), unread
}

// dropRepeatedWraps removes each wrap or unwrap beside which its tx has an
// equal mint or burn Transfer of the same token, one for one.
func dropRepeatedWraps(ts []Transfer) []Transfer {
	type told struct {
		tx     common.Hash
		holder common.Address
		units  uint256.Int
		wrap   bool
	}
	zero := common.Address{}
	again := map[told]int{}
	wrapped := map[AssetID]bool{}
	for _, t := range ts {
		if t.Kind == KindWrap || t.Kind == KindUnwrap {
			wrapped[t.Asset] = true
		}
	}
	if len(wrapped) == 0 {
		return ts
	}
	for _, t := range ts {
		if t.Kind != KindERC20 || !wrapped[t.Asset] {
			continue
		}
		if t.From == zero {
			again[told{t.Tx, t.To, t.Units, true}]++
		}
		if t.To == zero {
			again[told{t.Tx, t.From, t.Units, false}]++
		}
	}
	kept := ts[:0]
	for _, t := range ts {
		key := told{t.Tx, t.To, t.Units, true}
		if t.Kind == KindUnwrap {
			key = told{t.Tx, t.From, t.Units, false}
		}
		if (t.Kind == KindWrap || t.Kind == KindUnwrap) && again[key] > 0 {
			again[key]--
			continue
		}
		kept = append(kept, t)
	}
	return kept
}
