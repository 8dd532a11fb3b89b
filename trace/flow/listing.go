package flow

import (
	"math/big"
	"time"
)

// Listing is what reached a terminal while a tag that calls it sanctioned held.
type Listing struct {
	Tag   Tag
	Units *big.Int
	Count int // payments
}

// dated reports whether the tag holds for a time only.
func (t *Tag) dated() bool { return !t.From.IsZero() || !t.Until.IsZero() }

func (t *Tag) holdsAt(at time.Time) bool {
	return !at.Before(t.From) && (t.Until.IsZero() || at.Before(t.Until))
}

// holdsWithin reports whether the tag holds at some moment from first to last,
// in Unix seconds.
func (t *Tag) holdsWithin(first, last uint64) bool {
	return (t.Until.IsZero() || time.Unix(int64(first), 0).Before(t.Until)) && !time.Unix(int64(last), 0).Before(t.From)
}

// receipt is when an account got its first and its last.
type receipt struct{ first, last uint64 }

// dateRoles takes from accounts the role that rests on a tag which held at no
// time at which they got anything, and leaves it to the tags that did: who is
// sanctioned next year is nobody's end today.
func (t *tracer) dateRoles(rec *Record, roles []role) {
	dated := map[uint32]*receipt{}
	for i := range roles {
		if roles[i].tag() != nil && roles[i].tag().dated() {
			dated[uint32(i)] = &receipt{}
		}
	}
	if len(dated) == 0 {
		return
	}
	for i := range rec.rows {
		w := &rec.rows[i]
		r := dated[w.to]
		if r == nil {
			continue
		}
		at := rec.time(w)
		if r.first == 0 || at < r.first {
			r.first = at
		}
		r.last = max(r.last, at)
	}
	for id, r := range dated {
		if !roles[id].tag().holdsWithin(r.first, r.last) {
			a := rec.accounts.keys[id]
			var held []Tag
			for _, tag := range t.req.Tags.Tags(a.ChainID, a.Address) {
				if tag.holdsWithin(r.first, r.last) {
					held = append(held, tag)
				}
			}
			roles[id] = roleBy(a, held)
		}
	}
}

// attribute adds everything that is said of a terminal's account, and what of
// it came while it was sanctioned.
func (s *settler) attribute(t *Terminal, came []Deposit) {
	if t.Account.Address == (Account{}).Address {
		return
	}
	t.Tags = s.said(t.Account)
	for _, tag := range t.Tags {
		if tag.Category != Sanctioned.String() {
			continue
		}
		l := Listing{Tag: tag, Units: new(big.Int)}
		for _, d := range came {
			if tag.holdsAt(d.Time) {
				l.Units.Add(l.Units, d.Units)
				l.Count++
			}
		}
		t.Listings = append(t.Listings, l)
	}
}

// said is everything that is said of an account.
func (s *settler) said(a Account) []Tag {
	if s.e.t.req.Tags == nil {
		return nil
	}
	return s.e.t.req.Tags.Tags(a.ChainID, a.Address)
}
