package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"losstracer/chain/ethrpc"
	"losstracer/trace"
	"losstracer/trace/report"
)

// atOnce is how many write-ups are worked on at a time. Together they ask no
// more of an endpoint than one would.
const atOnce = 4

// batch is the checking of several write-ups.
type batch struct {
	*job
	tasks    []task
	skipped  []string            // files among the write-ups that are none
	rows     []report.SummaryRow // of the tasks, as are statuses and done
	statuses []int
	done     []bool
	kept     atomic.Int64 // tasks that a run before finished
	output   inOrder
	tick     func() // called after each write-up
}

// verifyMany checks several write-ups. One that fails does not stop the rest.
// As JSON it prints an object a line, in the order of the files; otherwise a
// summary, for the reports themselves are too much for one screen.
func verifyMany(ctx context.Context, j *job, files, skipped []string) (err error) {
	tick, clear := j.env.watchCount("write-ups", len(files))
	defer clear()
	b := newBatch(j, files, tick)
	b.skipped = skipped
	shared := j.options.evidence.file
	if err := j.open(ctx, ethrpc.Options{}, shared, files); err != nil {
		return err
	}
	err = b.run(ctx)
	clear()
	if err = errors.Join(err, j.close(ctx)); err != nil && ctx.Err() == nil {
		return err
	}
	return b.conclude(ctx, shared)
}

func newBatch(j *job, files []string, tick func()) *batch {
	b := &batch{job: j, tick: tick, rows: make([]report.SummaryRow, len(files)), statuses: make([]int, len(files)), done: make([]bool, len(files))}
	if j.options.format == "json" {
		b.output.w = j.env.stdout
	}
	for i, name := range packageNames(files) {
		t := task{file: files[i]}
		b.rows[i] = report.SummaryRow{Incident: name, Verdict: report.NotBegun}
		if j.options.out != "" {
			t.dir = filepath.Join(j.options.out, name)
			if j.options.evidence.file == "" {
				t.evidence = t.packaged()
			}
		}
		b.tasks = append(b.tasks, t)
	}
	return b
}

// packageNames names the packages of write-ups, each once: after the file, and
// where two files have one name with a number.
func packageNames(files []string) []string {
	names, taken := make([]string, len(files)), map[string]bool{}
	for i, file := range files {
		plain := writeUpName(file)
		names[i] = plain
		for n := 2; taken[strings.ToLower(names[i])]; n++ {
			names[i] = fmt.Sprintf("%s-%d", plain, n)
		}
		taken[strings.ToLower(names[i])] = true
	}
	return names
}

// run checks what was not finished before. The error is for what stops all.
func (b *batch) run(ctx context.Context) error {
	if err := b.each(ctx, b.resume); err != nil {
		return err
	}
	if int(b.kept.Load()) == len(b.tasks) && b.ours(b.options.out) {
		return nil
	}
	return b.each(ctx, b.verify)
}

// each does something with every write-up that is not done, several at a time.
// They are one at a time where one case keeps all: what a run asks may then not
// depend on what others found out meanwhile.
func (b *batch) each(ctx context.Context, do func(context.Context, int) error) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	if b.shared != nil {
		group.SetLimit(1)
	}
	for i := range b.tasks {
		if groupCtx.Err() != nil {
			break
		}
		if !b.done[i] {
			group.Go(func() error { return do(groupCtx, i) })
		}
	}
	return errors.Join(group.Wait(), ctx.Err())
}

// resume takes over what a run before finished.
func (b *batch) resume(ctx context.Context, i int) error {
	// What is in the way shows when the write-up is checked.
	if c, err := b.finished(ctx, b.tasks[i]); err == nil && c != nil {
		b.kept.Add(1)
		return b.enter(i, c)
	}
	return nil
}

func (b *batch) verify(ctx context.Context, i int) error {
	b.rows[i].Verdict = report.BrokenOff
	c, err := b.check(ctx, b.tasks[i])
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return b.enter(i, c)
	}
	warnTo(b.env, err)
	b.rows[i].Verdict, b.rows[i].Cause = "error", err.Error()
	b.statuses[i], b.done[i] = exitError, true
	b.tick()
	return b.output.put(i, nil)
}

// enter notes what came of a write-up.
func (b *batch) enter(i int, c *trace.Case) error {
	name := b.rows[i].Incident
	b.rows[i] = report.Summarize(c)
	b.rows[i].Incident = name
	if b.tasks[i].dir != "" {
		b.rows[i].Link = name + "/" + writeUpName(b.tasks[i].file) + linkEnding
	}
	b.statuses[i], b.done[i] = statusOf(c.Verdict), true
	b.tick()
	if b.output.w == nil {
		return nil
	}
	var text bytes.Buffer
	if err := report.JSON(&text, c); err != nil {
		return err
	}
	return b.output.put(i, text.Bytes())
}

// summary returns a row for every write-up and every file that was skipped.
func (b *batch) summary() []report.SummaryRow {
	rows := slices.Clone(b.rows)
	for _, file := range b.skipped {
		rows = append(rows, report.SummaryRow{Incident: writeUpName(file), Verdict: report.Skipped, Cause: whySkipped})
	}
	return rows
}

// conclude tells what came of all, also where the run was interrupted.
func (b *batch) conclude(ctx context.Context, shared string) error {
	status, finished := exitReconciled, 0
	for i, done := range b.done {
		if done {
			finished++
			status = worst(status, b.statuses[i])
		}
	}
	interrupted := ctx.Err() != nil
	if err := b.writeIndex(shared, interrupted, status); err != nil {
		return err
	}
	if interrupted {
		return b.goOn(ctx, finished)
	}
	if n := b.kept.Load(); n > 0 {
		fmt.Fprintf(b.env.stderr, "losstracer: %d of %d write-ups were finished before, and are as they were\n", n, len(b.tasks))
	}
	if b.output.w != nil {
		tellSkipped(b.env, b.skipped)
	} else {
		if err := report.SummaryText(b.env.stdout, b.summary(), b.env.width()); err != nil {
			return err
		}
	}
	if status != exitReconciled {
		return statusError(status)
	}
	return nil
}

// goOn says how to go on after an interruption.
func (b *batch) goOn(ctx context.Context, finished int) error {
	err := fmt.Errorf("%d of %d write-ups are finished: %w", finished, len(b.tasks), ctx.Err())
	switch {
	case b.options.evidence.file != "":
		return hint(err, "what was answered is in %s: the same command goes on from there", b.options.evidence.file)
	case b.options.out != "":
		return hint(err, "%d of %d write-ups are finished, and what was answered for others is kept in %s: the same command goes on from there", finished, len(b.tasks), b.options.out)
	}
	return hint(err, "nothing was kept; with --out DIR the same command can go on where it was stopped")
}

// writeIndex puts the summary over the reports. Where nothing was left to do it
// is left as it is.
func (b *batch) writeIndex(shared string, interrupted bool, status int) error {
	out := b.options.out
	if out == "" || int(b.kept.Load()) == len(b.tasks) && b.ours(out) {
		return nil
	}
	p, err := beginPackage(out, b.entry)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer, []report.SummaryRow) error
	}{{"index.html", report.SummaryHTML}, {"summary.csv", report.SummaryCSV}} {
		var text bytes.Buffer
		if err := f.write(&text, b.summary()); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(out, f.name), text.Bytes(), ""); err != nil {
			return fmt.Errorf("summary: %w", err)
		}
	}
	if interrupted {
		return nil // unsealed: there is more to come
	}
	if shared != "" {
		if err := copyCase(shared, filepath.Join(out, packagedCase)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return p.seal(fmt.Sprintf("%d write-ups, exit status %d", len(b.tasks), status))
}

// inOrder writes pieces in the order of their numbers, each as soon as it can.
// Without a writer it does nothing.
type inOrder struct {
	w io.Writer

	mu      sync.Mutex
	next    int
	waiting map[int][]byte
}

func (o *inOrder) put(i int, piece []byte) error {
	if o.w == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting == nil {
		o.waiting = map[int][]byte{}
	}
	o.waiting[i] = piece
	for {
		piece, there := o.waiting[o.next]
		if !there {
			return nil
		}
		delete(o.waiting, o.next)
		o.next++
		if _, err := o.w.Write(piece); err != nil {
			return fmt.Errorf("write the reports: %w", err)
		}
	}
}
