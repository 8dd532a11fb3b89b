package flow

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// Ways are the paths to an address, on every chain of the result.
type Ways struct {
	To       common.Address
	Paths    []Path
	Complete bool // false where an account has more paths than were listed
}

// WaysTo lists the paths to an address, at most limit of them for each of its
// accounts.
func (r *Result) WaysTo(to common.Address, limit int) Ways {
	ways := Ways{To: to, Complete: true}
	for _, n := range r.Nodes() {
		if n.Account.Address != to {
			continue
		}
		paths, complete := r.Paths(n.Account, limit)
		ways.Paths = append(ways.Paths, paths...)
		ways.Complete = ways.Complete && complete
	}
	return ways
}

// Account is whom the path is about: its end or, backward, its beginning.
func (p *Path) Account(backward bool) Account {
	if backward {
		return p.Steps[0].From
	}
	return p.Steps[len(p.Steps)-1].To
}

// crossedTo reports whether a movement is one with which funds came out of a
// bridge.
func (e *engine) crossedTo(m *move) bool {
	w := &e.rec.rows[m.row]
	from := e.rec.accounts.keys[e.holdings[m.from].account]
	return slices.ContainsFunc(e.arrived, func(t Theft) bool {
		return t.ChainID == from.ChainID && t.From == from.Address && t.Tx == *e.rec.hash(w)
	})
}

type waysJSON struct {
	To       string    `json:"to"`
	Complete bool      `json:"complete"`
	Paths    []wayJSON `json:"paths"`
}

type wayJSON struct {
	partJSON
	Crossed bool       `json:"from_bridge,omitempty"`
	Steps   []stepJSON `json:"steps"`
}

type stepJSON struct {
	From string `json:"from"`
	To   string `json:"to"`
	sumJSON
	Tx        string `json:"tx"`
	Block     uint64 `json:"block"`
	Time      string `json:"time"`
	Converted bool   `json:"converted"`
}

func (r *Result) waysJSON(ways *Ways) waysJSON {
	j := waysJSON{To: chain.Hex(ways.To), Complete: ways.Complete, Paths: make([]wayJSON, len(ways.Paths))}
	for i := range ways.Paths {
		p := &ways.Paths[i]
		way := wayJSON{partJSON: r.partJSON(p.Account(r.Backward), p.Sum), Crossed: p.Crossed}
		for _, s := range p.Steps {
			way.Steps = append(way.Steps, stepJSON{
				chain.Hex(s.From.Address), chain.Hex(s.To.Address), r.sumJSON(s.Part), s.Tx.Hex(), s.Block, stamp(s.Time), s.Converted,
			})
		}
		j.Paths[i] = way
	}
	return j
}
