package trace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/history"
	"losstracer/trace/flow"
	"losstracer/trace/label"
)

// crossings reads what bridges were told, and finds what came out on chains
// for which there is a source.
type crossings struct {
	sources map[uint64]Source
	windows map[uint64]chain.Window
}

// Crossings implements [flow.Bridges]. Where a tx tells of several crossings,
// those whose depositor is from are meant; where nobody is named and from did
// not send the tx, they are told and not followed.
func (b crossings) Crossings(ctx context.Context, tx common.Hash, from flow.Account) ([]flow.Crossing, error) {
	source := b.sources[from.ChainID]
	if source == nil {
		return nil, fmt.Errorf("no endpoint of %s to ask", networkName(from.ChainID))
	}
	all, err := source.Crossings(ctx, tx)
	all, err = mapped(ctx, source, all, err)
	if len(all) == 0 {
		return nil, err
	}
	sent, _, txErr := source.Tx(ctx, tx)
	if txErr != nil && !errors.Is(txErr, history.ErrNoFrames) {
		return nil, errors.Join(err, txErr)
	}
	mine, certain := ofDepositor(all, from.Address, sent.From)
	errs := []error{err}
	told := make([]flow.Crossing, len(mine))
	for i := range mine {
		told[i], err = b.told(ctx, source, &mine[i], certain, time.Unix(int64(sent.Time), 0))
		errs = append(errs, err)
	}
	return told, errors.Join(errs...)
}

// ofDepositor leaves the crossings of one account. Where none names it, all are
// left; they are certainly its own only where there is but one, or it sent the tx.
func ofDepositor(all []chain.Crossing, account, sender common.Address) (mine []chain.Crossing, certain bool) {
	mine = slices.DeleteFunc(slices.Clone(all), func(c chain.Crossing) bool { return c.Depositor != account })
	if len(mine) > 0 {
		return mine, true
	}
	return all, len(all) == 1 || sender == account
}

// told is one crossing as the flow has it, with what came out where that may be
// looked for.
func (b crossings) told(ctx context.Context, source Source, c *chain.Crossing, certain bool, departed time.Time) (f flow.Crossing, err error) {
	f = flow.Crossing{Bridge: c.Bridge, Recipient: c.Recipient, Chain: c.Destination, Asset: c.Asset, Units: c.Units.ToBig(), Basis: chain.Observed}
	if c.Known && c.Escrow != (common.Address{}) {
		f.Escrow = &flow.Account{ChainID: c.Ref.ChainID, Address: c.Escrow}
	}
	switch {
	case !c.Known:
		f.Basis, f.Why = chain.Attributed, "a contract that is none of the bridge's known ones says so"
		f.Bridge = fmt.Sprintf("%s, by the word of the unknown contract %s", c.Bridge, chain.Hex(c.Emitter))
		return f, nil
	case !certain:
		f.Why = "the tx tells of several movements, and none of this account"
		return f, nil
	}
	if f.Arrival, err = b.anywhere(ctx, source, c, departed); f.Arrival == nil {
		f.Why = b.missing(c, err)
		return f, err
	}
	f.Chain = networkName(f.Arrival.ChainID)
	return f, err
}

// missing says why a crossing is not followed to the other side.
func (b crossings) missing(c *chain.Crossing, err error) string {
	switch {
	case err != nil:
		return "what came out there could not be told: see the warnings"
	case c.Nameless():
		return "it came out on none of the chains of the endpoints by the end of the window"
	case c.DestinationChainID == 0:
		return "what comes out on that chain is not looked for: it is no EVM chain, or none that is known here"
	case c.Arrival.IsZero():
		return "nothing on the other side names it"
	case b.sources[c.DestinationChainID] == nil:
		return "no endpoint of that chain was given"
	}
	return "it had not come out there by the end of the window"
}

// mapped asks of burnt tokens whether the bridge knows them: those that it
// does not are burnt and have not departed. What nobody could answer is left
// out and told by the error.
func mapped(ctx context.Context, source Source, all []chain.Crossing, told error) ([]chain.Crossing, error) {
	errs := []error{told}
	known := make([]chain.Crossing, 0, len(all))
	for _, c := range all {
		if c.Mapping != nil {
			out, err := source.Call(ctx, c.Mapping.Contract, c.Mapping.Input, c.Ref.Block)
			if err != nil {
				errs = append(errs, fmt.Errorf("whether %s departs by %s or is burnt: %w", c.Asset, c.Bridge, err))
				continue
			}
			if !c.Mapped(out) {
				continue
			}
		}
		known = append(known, c)
	}
	return known, errors.Join(errs...)
}

// anywhere finds what came out on the chain that the message names or, where
// it names none, on the first of the others that has it.
func (b crossings) anywhere(ctx context.Context, source Source, c *chain.Crossing, departed time.Time) (*flow.Theft, error) {
	if !c.Nameless() {
		return b.arrival(ctx, source, c, departed)
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(b.sources)) {
		to := c.Toward(id)
		found, err := b.arrival(ctx, source, &to, departed)
		if found != nil {
			return found, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// arrival finds what came out, where there is an endpoint to ask. Nothing is
// not an error: it may be on its way.
func (b crossings) arrival(ctx context.Context, source Source, c *chain.Crossing, departed time.Time) (*flow.Theft, error) {
	there := b.sources[c.DestinationChainID]
	if there == nil || c.DestinationChainID == c.Ref.ChainID || c.Arrival.IsZero() {
		return nil, nil
	}
	theft, err := b.find(ctx, source, there, c, departed)
	if errors.Is(err, history.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	return theft, nil
}

func (b crossings) find(ctx context.Context, here, there Source, c *chain.Crossing, departed time.Time) (*flow.Theft, error) {
	a, err := here.Announced(ctx, c, b.windows[c.Ref.ChainID].To)
	if err != nil {
		return nil, err
	}
	hash, err := there.Arrived(ctx, a, departed, b.windows[c.DestinationChainID].To)
	if err != nil {
		return nil, err
	}
	_, moved, err := there.Tx(ctx, hash)
	paid, ok := c.Paid(moved)
	switch {
	case ok:
		return &flow.Theft{
			ChainID: paid.ChainID, Tx: paid.Tx, From: paid.From, To: paid.To, Asset: paid.Asset, Units: paid.Units,
		}, nil
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("tx %s: what it paid to %s cannot be told for certain", hash, c.Recipient)
}

func networkName(id uint64) string {
	n, _ := chain.NetworkByID(id)
	return n.Name
}

// bridgeTags tag the contracts whose messages are understood, where nobody has
// said whose they are.
func bridgeTags(book *label.Book) []label.Tag {
	var tags []label.Tag
	for _, b := range chain.BridgeContracts() {
		if len(book.Lookup(b.Account.ChainID, b.Account.Address)) > 0 {
			continue
		}
		tags = append(tags, label.Tag{
			Chain: b.Account.ChainID, Address: b.Account.Address, Label: b.Bridge, Category: label.Bridge,
			Source: b.Source, Confidence: 85,
		})
	}
	return tags
}

// freezes asks tokens at the end of the window whether their issuer has
// frozen a holder.
type freezes struct {
	sources map[uint64]Source
	windows map[uint64]chain.Window
	known   map[freezeKey]bool
}

type freezeKey struct {
	holder flow.Account
	asset  chain.AssetID
}

// Asks implements [flow.Freezer].
func (f *freezes) Asks(asset chain.AssetID) bool {
	_, can := chain.FreezeQuery(asset, common.Address{})
	return can && f.sources[asset.ChainID()] != nil
}

// Frozen implements [flow.Freezer].
func (f *freezes) Frozen(ctx context.Context, holder flow.Account, asset chain.AssetID) (bool, error) {
	if !f.Asks(asset) {
		return false, nil
	}
	query, _ := chain.FreezeQuery(asset, holder.Address)
	key := freezeKey{holder, asset}
	if frozen, asked := f.known[key]; asked {
		return frozen, nil
	}
	out, err := f.sources[asset.ChainID()].Call(ctx, asset.Contract(), query, f.windows[asset.ChainID()].To)
	if err != nil {
		return false, err
	}
	frozen, ok := chain.FreezeAnswer(out)
	if !ok {
		return false, fmt.Errorf("%s answers %d bytes that are no yes or no", asset, len(out))
	}
	f.known[key] = frozen
	return frozen, nil
}
