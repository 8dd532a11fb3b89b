package casefile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"losstracer/trace"
)

// Document is a file that was read, with the name that it was given by.
type Document struct {
	Name    string
	Content []byte
}

// Attachment is a document that a flag named.
type Attachment struct {
	Flag string // without dashes
	Document
}

// Inputs is everything that shapes a report besides the answers of endpoints.
type Inputs struct {
	WriteUp  Document
	Files    []Attachment // in the order given
	Settings []string     // flags as --name=value
}

// Endpoint is where a run asked.
type Endpoint struct {
	Host    string `json:"host"`
	ChainID uint64 `json:"chain_id,omitempty"`
	// Service is the name of a price service, where that was asked and no
	// chain.
	Service string `json:"service,omitempty"`
	// Failure is why the endpoint could not be used at all; there is no chain
	// then.
	Failure string `json:"failure,omitempty"`
	// Exchanges after these are what the run saw, of calls whose answer moves
	// and of all.
	MovingFrom int64 `json:"moving_from"`
	ValidFrom  int64 `json:"valid_from"`
	// LogBlocks is the most blocks of one eth_getLogs, as far as the case knew
	// when the run began.
	LogBlocks uint64 `json:"log_blocks,omitempty"`
}

// Outcome is what a run came to.
type Outcome struct {
	// Report writes the report, losstracer/report/v1, to be stored; of a run
	// that was stored [File.Report] gives it back.
	Report      func(io.Writer) error `json:"-"`
	Verdict     trace.Verdict         `json:"verdict"`
	FactsDigest string                `json:"facts_digest"`
	CaseDigest  string                `json:"case_digest"`
	Responses   int                   `json:"responses"`
	Proven      int                   `json:"proven_logs"`
	Unproven    int                   `json:"unproven_logs"`
	Requests    trace.Requests        `json:"requests"`
}

// Run is the work on one write-up.
type Run struct {
	ID        int64
	Tool      string // version of the program that did it
	Inputs    Inputs
	Endpoints []Endpoint
	Began     time.Time
	Ended     time.Time // zero where it was broken off
	Outcome   Outcome

	session   int64
	upto      int64  // the exchange kept last when it ended
	reportSum []byte // SHA-256 of the report
}

// Finished reports whether the run came to its end.
func (r *Run) Finished() bool { return !r.Ended.IsZero() }

// saw returns the last exchange and session that the run could rest on: all
// that there is, where it did not come to its end.
func (r *Run) saw() (upto, session int64) {
	if !r.Finished() {
		return Everything, Everything
	}
	return r.upto, r.session
}

// Of reports whether the run was of a write-up, by name or by content.
func (r *Run) Of(d Document) bool {
	return r.Inputs.WriteUp.Name == d.Name || bytes.Equal(r.Inputs.WriteUp.Content, d.Content)
}

// Upto returns the number of the last exchange that the run saw.
func (r *Run) Upto() int64 {
	if !r.Finished() {
		return Everything
	}
	return r.upto
}

// inputsRecord is how [Inputs] are stored: documents by digest.
type inputsRecord struct {
	WriteUp  documentRecord   `json:"write_up"`
	Files    []documentRecord `json:"files"`
	Settings []string         `json:"settings"`
}

type documentRecord struct {
	Flag   string `json:"flag,omitempty"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func (in Inputs) record() inputsRecord {
	r := inputsRecord{WriteUp: in.WriteUp.record(""), Settings: in.Settings}
	for _, file := range in.Files {
		r.Files = append(r.Files, file.record(file.Flag))
	}
	return r
}

func (d Document) record(flag string) documentRecord {
	sum := sha256.Sum256(d.Content)
	return documentRecord{flag, d.Name, hex.EncodeToString(sum[:])}
}

// Begin enters what a write-up is checked with before it is, so that a run
// that is broken off can be told from one that never was. Of one write-up, by
// name or by content, the last run counts.
func (f *File) Begin(ctx context.Context, in Inputs, endpoints []Endpoint) (*Run, error) {
	record, err := json.Marshal(in.record())
	if err != nil {
		return nil, fmt.Errorf("inputs: %w", err)
	}
	ends, err := json.Marshal(endpoints)
	if err != nil {
		return nil, fmt.Errorf("endpoints: %w", err)
	}
	if same, err := f.unchanged(ctx, string(record), string(ends)); err != nil || same != nil {
		return same, err
	}
	run := &Run{Tool: f.o.Tool, Inputs: in, Endpoints: endpoints, session: f.session}
	err = f.transaction(ctx, func(tx execer) error {
		if err := f.forget(ctx, tx, in.record().WriteUp); err != nil {
			return err
		}
		for _, d := range in.documents() {
			if err := f.file(ctx, tx, d); err != nil {
				return err
			}
		}
		result, err := tx.ExecContext(ctx, "INSERT INTO run (session, write_up, inputs, endpoints, began) VALUES (?, ?, ?, ?, ?)",
			f.session, in.WriteUp.Name, string(record), string(ends), f.now())
		if err != nil {
			return err
		}
		run.ID, err = result.LastInsertId()
		return err
	})
	if err != nil {
		return nil, told(f.path, fmt.Errorf("begin the run: %w", err))
	}
	return run, nil
}

// unchanged returns the run that was finished with the same inputs by the same
// version, if it can stand for a new one: where nothing new is asked it is one.
func (f *File) unchanged(ctx context.Context, record, ends string) (*Run, error) {
	runs, err := f.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		r := &runs[i]
		known, err := json.Marshal(r.Inputs.record())
		if err != nil {
			return nil, err
		}
		knownEnds, err := json.Marshal(r.Endpoints)
		if err != nil {
			return nil, err
		}
		if r.Finished() && r.Tool == f.o.Tool && string(known) == record && string(knownEnds) == ends {
			return r, nil
		}
	}
	return nil, nil
}

func (in Inputs) documents() []Document {
	list := []Document{in.WriteUp}
	for _, file := range in.Files {
		list = append(list, file.Document)
	}
	return list
}

// forget removes the runs of a write-up, by its name or its content.
func (f *File) forget(ctx context.Context, tx execer, d documentRecord) error {
	const same = "write_up = ? OR json_extract(inputs, '$.write_up.sha256') = ?"
	if _, err := tx.ExecContext(ctx, "DELETE FROM report WHERE run IN (SELECT id FROM run WHERE "+same+")", d.Name, d.SHA256); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM run WHERE "+same, d.Name, d.SHA256)
	return err
}

func (f *File) file(ctx context.Context, tx execer, d Document) error {
	sum := sha256.Sum256(d.Content)
	_, err := tx.ExecContext(ctx, "INSERT INTO document (sha256, size, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
		sum[:], len(d.Content), f.pack(d.Content))
	return err
}

func (f *File) transaction(ctx context.Context, do func(execer) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Finish enters what a run came to, and what the case held then. A run that
// was finished before and for which nothing new was kept since stays as it was.
func (f *File) Finish(ctx context.Context, run *Run, held Seal, o Outcome) error {
	if run.Finished() && run.upto == held.Upto && run.Outcome.FactsDigest == o.FactsDigest && run.Outcome.Verdict == o.Verdict {
		return nil
	}
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("outcome: %w", err)
	}
	err = f.transaction(ctx, func(tx execer) error {
		sum, err := f.keepReport(ctx, tx, run.ID, o.Report)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		_, err = tx.ExecContext(ctx, "UPDATE run SET session = ?, ended = ?, upto = ?, outcome = ?, report_sha256 = ? WHERE id = ?",
			f.session, f.now(), held.Upto, string(text), sum, run.ID)
		return err
	})
	return told(f.path, err)
}

// Runs returns the runs of the case in the order in which they began, with
// what they started from. A document that does not have its digest is a
// *[DigestError].
func (f *File) Runs(ctx context.Context) ([]Run, error) {
	rows, err := f.db.QueryContext(ctx, `SELECT run.id, session.id, session.version, run.inputs, run.endpoints, run.began, coalesce(run.ended, ''),
coalesce(run.upto, 0), coalesce(run.outcome, ''), run.report_sha256 FROM run JOIN session ON session.id = run.session ORDER BY run.id`)
	if err != nil {
		return nil, told(f.path, err)
	}
	var runs []Run
	var records []inputsRecord
	for rows.Next() {
		r, record, err := f.scanRun(rows)
		if err != nil {
			return nil, errors.Join(told(f.path, err), rows.Close())
		}
		runs, records = append(runs, r), append(records, record)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, told(f.path, err)
	}
	for i := range runs {
		if runs[i].Inputs, err = f.inputs(ctx, records[i]); err != nil {
			return nil, told(f.path, err)
		}
	}
	return runs, nil
}

func (f *File) scanRun(rows *sql.Rows) (r Run, record inputsRecord, err error) {
	var inputs, ends, began, ended, outcome string
	if err := scan(rows, &r.ID, &r.session, &r.Tool, &inputs, &ends, &began, &ended, &r.upto, &outcome, &r.reportSum); err != nil {
		return r, record, err
	}
	if err := json.Unmarshal([]byte(inputs), &record); err != nil {
		return r, record, fmt.Errorf("%w: inputs of run %d: %w", ErrDamaged, r.ID, err)
	}
	if err := json.Unmarshal([]byte(ends), &r.Endpoints); err != nil {
		return r, record, fmt.Errorf("%w: endpoints of run %d: %w", ErrDamaged, r.ID, err)
	}
	if r.Began, err = time.Parse(timeLayout, began); err != nil {
		return r, record, fmt.Errorf("%w: time of run %d: %w", ErrDamaged, r.ID, err)
	}
	if ended == "" {
		return r, record, nil
	}
	if r.Ended, err = time.Parse(timeLayout, ended); err != nil {
		return r, record, fmt.Errorf("%w: time of run %d: %w", ErrDamaged, r.ID, err)
	}
	if err := json.Unmarshal([]byte(outcome), &r.Outcome); err != nil {
		return r, record, fmt.Errorf("%w: outcome of run %d: %w", ErrDamaged, r.ID, err)
	}
	return r, record, nil
}

func (f *File) inputs(ctx context.Context, record inputsRecord) (Inputs, error) {
	in := Inputs{Settings: slices.Clone(record.Settings)}
	var err error
	if in.WriteUp, err = f.document(ctx, record.WriteUp); err != nil {
		return in, err
	}
	for _, r := range record.Files {
		d, err := f.document(ctx, r)
		if err != nil {
			return in, err
		}
		in.Files = append(in.Files, Attachment{r.Flag, d})
	}
	return in, nil
}

func (f *File) document(ctx context.Context, r documentRecord) (Document, error) {
	want, err := hex.DecodeString(r.SHA256)
	if err != nil {
		return Document{}, fmt.Errorf("%w: digest of %s: %w", ErrDamaged, r.Name, err)
	}
	var size int64
	var packed []byte
	err = scan(f.db.QueryRowContext(ctx, "SELECT size, content FROM document WHERE sha256 = ?", want), &size, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return Document{}, fmt.Errorf("%w: %s is not in it any more", ErrDamaged, r.Name)
	}
	if err != nil {
		return Document{}, err
	}
	content, err := f.opener.unpack(packed, size, maxContent)
	if err != nil {
		return Document{}, fmt.Errorf("%s: %w", r.Name, err)
	}
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], want) {
		return Document{}, &DigestError{What: "the stored " + r.Name}
	}
	return Document{r.Name, content}, nil
}
