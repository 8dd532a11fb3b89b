package casefile

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

const (
	// applicationID marks the file as a case among SQLite databases, in the
	// place that the file format has for it: "ltrc".
	applicationID = 0x6c747263
	// form is the version of the tables below.
	form = 3
	// upgraded is the version that lacks the last of the tables and nothing
	// else: it is read as it is, and given that table when it is written to.
	upgraded = 2
)

// tables is the whole schema, statement by statement and in the order of
// creation. What a file holds is compared with it word for word: a trigger or
// a view in a file from elsewhere would run code of somebody else's.
var tables = []string{
	`CREATE TABLE session (
	id INTEGER PRIMARY KEY,
	version TEXT NOT NULL,
	began TEXT NOT NULL,
	ended TEXT
) STRICT`,
	`CREATE TABLE endpoint (
	id INTEGER PRIMARY KEY,
	chain_id TEXT NOT NULL,
	host TEXT NOT NULL,
	moving_from INTEGER NOT NULL DEFAULT 0,
	valid_from INTEGER NOT NULL DEFAULT 0,
	UNIQUE (chain_id, host)
) STRICT`,
	`CREATE TABLE exchange (
	id INTEGER PRIMARY KEY,
	endpoint INTEGER NOT NULL REFERENCES endpoint,
	session INTEGER NOT NULL REFERENCES session,
	call BLOB NOT NULL,
	moving INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	time TEXT NOT NULL,
	sha256 BLOB NOT NULL,
	size INTEGER NOT NULL,
	method TEXT NOT NULL,
	params TEXT NOT NULL,
	response BLOB NOT NULL
) STRICT`,
	`CREATE INDEX exchange_by_call ON exchange (endpoint, call, id)`,
	`CREATE TABLE failure (
	id INTEGER PRIMARY KEY,
	endpoint INTEGER NOT NULL REFERENCES endpoint,
	session INTEGER NOT NULL REFERENCES session,
	call BLOB NOT NULL,
	time TEXT NOT NULL,
	what TEXT NOT NULL,
	error TEXT NOT NULL
) STRICT`,
	`CREATE INDEX failure_by_call ON failure (endpoint, call, id)`,
	`CREATE TABLE document (
	sha256 BLOB PRIMARY KEY,
	size INTEGER NOT NULL,
	content BLOB NOT NULL
) STRICT`,
	`CREATE TABLE run (
	id INTEGER PRIMARY KEY,
	session INTEGER NOT NULL REFERENCES session,
	write_up TEXT NOT NULL,
	inputs TEXT NOT NULL,
	endpoints TEXT NOT NULL,
	began TEXT NOT NULL,
	ended TEXT,
	upto INTEGER,
	outcome TEXT,
	report_sha256 BLOB
) STRICT`,
	`CREATE TABLE report (
	run INTEGER NOT NULL REFERENCES run,
	piece INTEGER NOT NULL,
	size INTEGER NOT NULL,
	content BLOB NOT NULL,
	PRIMARY KEY (run, piece)
) STRICT`,
	`CREATE TABLE pace (
	endpoint INTEGER PRIMARY KEY REFERENCES endpoint,
	batch INTEGER NOT NULL,
	in_flight INTEGER NOT NULL,
	per_minute INTEGER NOT NULL,
	time TEXT NOT NULL
) STRICT`,
}

// execer is a connection or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// admit makes sure that the database is a case in the form that this version
// knows, and makes it one where it is empty and may be written.
func admit(ctx context.Context, db execer, path string, write bool) error {
	var app, version int64
	if err := scan(db.QueryRowContext(ctx, "PRAGMA application_id"), &app); err != nil {
		return err
	}
	if err := scan(db.QueryRowContext(ctx, "PRAGMA user_version"), &version); err != nil {
		return err
	}
	found, err := statements(ctx, db)
	if err != nil {
		return err
	}
	switch {
	case app == 0 && version == 0 && len(found) == 0 && write:
		return create(ctx, db, tables)
	case app == 0 && len(found) == 0:
		return &FormatError{Path: path, What: "is an empty file and not a case"}
	case app != applicationID:
		return &FormatError{Path: path, What: "is an SQLite database of something else, and not a case"}
	case version > form:
		return &FormatError{Path: path, OtherVersion: true, What: fmt.Sprintf("was written by a newer version of losstracer (form %d; this one knows %d)", version, form)}
	case version == upgraded && slices.Equal(found, sorted(tables[:len(tables)-1])):
		if !write {
			return nil
		}
		return create(ctx, db, tables[len(tables)-1:])
	case version > 0 && version < form:
		return &FormatError{Path: path, OtherVersion: true, What: fmt.Sprintf("was written by an older version of losstracer (form %d; this one knows %d)", version, form)}
	case version != form || !slices.Equal(found, sorted(tables)):
		return &FormatError{Path: path, What: "has not the tables of a case"}
	}
	return nil
}

// create makes tables, and the file one of the form that has them all.
func create(ctx context.Context, db execer, tables []string) error {
	for _, statement := range append(slices.Clone(tables),
		fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", form)) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func statements(ctx context.Context, db execer) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT coalesce(sql, ''), name FROM sqlite_schema")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text, name string
		if err := scan(rows, &text, &name); err != nil {
			return nil, err
		}
		// Indexes that SQLite makes for itself have no text.
		if text != "" || !strings.HasPrefix(name, "sqlite_") {
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list, rows.Err()
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
