package casefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Checked is what became of looking at everything that is stored.
type Checked struct {
	Responses int
	Bytes     int64 // of responses, unpacked
	Documents int
	Faults    []string // what does not fit, for people; none where all does
}

func (c *Checked) fault(format string, args ...any) {
	c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
}

// Check recomputes the digest of every response, request and document, and
// those over the evidence and the report of every run that was finished. An
// error means that it could not look; what does not fit is a fault.
func (f *File) Check(ctx context.Context) (*Checked, error) {
	c := &Checked{}
	for _, step := range []func(context.Context, *Checked) error{f.checkPages, f.checkExchanges, f.checkDocuments, f.checkRuns} {
		if err := step(ctx, c); err != nil {
			return nil, told(f.path, err)
		}
	}
	return c, nil
}

func (f *File) checkPages(ctx context.Context, c *Checked) error {
	rows, err := f.db.QueryContext(ctx, "PRAGMA integrity_check(10)")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := scan(rows, &line); err != nil {
			return err
		}
		if line != "ok" {
			c.fault("the file: %s", line)
		}
	}
	return rows.Err()
}

func (f *File) checkExchanges(ctx context.Context, c *Checked) error {
	rows, err := f.db.QueryContext(ctx, `SELECT exchange.id, host, call, method, params, refused, sha256, size, response
FROM exchange LEFT JOIN endpoint ON endpoint.id = exchange.endpoint ORDER BY exchange.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			s              stored
			host           *string
			call, packed   []byte
			method, params string
			size           int64
		)
		if err := scan(rows, &s.id, &host, &call, &method, &params, &s.refused, &s.sha, &size, &packed); err != nil {
			return err
		}
		c.Responses++
		name := fmt.Sprintf("exchange %d, %s %.200s", s.id, method, params)
		if host == nil {
			c.fault("%s: its endpoint is missing", name)
		}
		if !bytes.Equal(call, callDigest(method, params)) {
			c.fault("%s: the request does not have its SHA-256", name)
		}
		if s.body, err = f.unpack(packed, size); err != nil {
			c.fault("%s: the response cannot be unpacked: %v", name, err)
			continue
		}
		c.Bytes += int64(len(s.body))
		if sum := sha256.Sum256(s.body); !bytes.Equal(sum[:], s.sha) || int64(len(s.body)) != size {
			c.fault("%s: the response does not have its SHA-256", name)
		}
	}
	return rows.Err()
}

func (f *File) checkDocuments(ctx context.Context, c *Checked) error {
	rows, err := f.db.QueryContext(ctx, "SELECT sha256, size, content FROM document ORDER BY sha256")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var want, packed []byte
		var size int64
		if err := scan(rows, &want, &size, &packed); err != nil {
			return err
		}
		c.Documents++
		content, err := f.opener.unpack(packed, size, maxContent)
		if sum := sha256.Sum256(content); err != nil || !bytes.Equal(sum[:], want) {
			c.fault("document %x: the content does not have its SHA-256", want)
		}
	}
	return rows.Err()
}

func (f *File) checkRuns(ctx context.Context, c *Checked) error {
	runs, err := f.Runs(ctx)
	var digest *DigestError
	if errors.As(err, &digest) || errors.Is(err, ErrDamaged) {
		c.fault("runs: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	for i := range runs {
		r := &runs[i]
		if !r.Finished() {
			continue
		}
		sum := sha256.New()
		if err := f.Report(ctx, r, sum); err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
		if !r.IsReport(sum.Sum(nil)) {
			c.fault("%s: the stored report does not have its SHA-256", r.Inputs.WriteUp.Name)
		}
		got, n, err := f.Digest(ctx, r.upto)
		if err != nil {
			return err
		}
		if got != r.Outcome.CaseDigest || n != r.Outcome.Responses {
			c.fault("%s: the case digest over %d responses is %s, and was %s over %d when the report was written",
				r.Inputs.WriteUp.Name, n, got, r.Outcome.CaseDigest, r.Outcome.Responses)
		}
	}
	return nil
}
