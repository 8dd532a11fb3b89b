package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"losstracer/trace/report"
)

// atOnce is how many write-ups are worked on at a time. Their requests share
// the endpoints' own limits.
const atOnce = 4

// atOnce is one where evidence is kept: what a run asks may then not depend on
// what others found out about the endpoint, or it could not be done again.
func (j verifyJob) atOnce() int {
	if j.evidence != nil {
		return 1
	}
	return atOnce
}

// verifyMany checks several write-ups. One that fails does not stop the rest.
// As JSON it prints an object a line, in the order of the files; otherwise a
// summary, for the reports themselves are too much for one screen.
func verifyMany(ctx context.Context, job verifyJob, files []string, format string, env environment) error {
	rows := make([]report.SummaryRow, len(files))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(job.atOnce())
	for i, file := range files {
		group.Go(func() error {
			rows[i] = verifyRow(groupCtx, job, file)
			return groupCtx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	status := exitReconciled
	for _, r := range rows {
		if r.Err != nil {
			warnTo(env, r.Err)
			status = worst(status, exitError)
			continue
		}
		status = worst(status, statusOf(r.Case.Verdict))
	}
	if err := printMany(rows, job.out, format, env); err != nil {
		return err
	}
	if status != exitReconciled {
		return statusError(status)
	}
	return nil
}

func verifyRow(ctx context.Context, job verifyJob, file string) report.SummaryRow {
	row := report.SummaryRow{File: filepath.Base(file)}
	if row.Case, row.Err = job.run(ctx, file); row.Err != nil {
		return row
	}
	if row.Err = job.write(row.Case); row.Err == nil && job.out != "" {
		row.Link = strings.TrimSuffix(row.File, filepath.Ext(file)) + linkEnding
	}
	return row
}

// printMany prints what came of several write-ups, and puts the summary beside
// the reports.
func printMany(rows []report.SummaryRow, out, format string, env environment) error {
	if format == "json" {
		for _, r := range rows {
			if r.Err != nil {
				continue
			}
			if err := report.JSON(env.stdout, r.Case); err != nil {
				return err
			}
		}
	} else if err := report.SummaryText(env.stdout, rows, env.width()); err != nil {
		return err
	}
	if out == "" {
		return nil
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer, []report.SummaryRow) error
	}{{"index.html", report.SummaryHTML}, {"summary.csv", report.SummaryCSV}} {
		var b bytes.Buffer
		if err := f.write(&b, rows); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(out, f.name), b.Bytes(), ""); err != nil {
			return fmt.Errorf("summary: %w", err)
		}
	}
	return nil
}
