package casefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"modernc.org/sqlite"
)

// Options say how a case is opened. The zero Options open it for reading.
type Options struct {
	// Write makes the case if it is not there, and takes it for this process
	// alone.
	Write bool
	Tool  string // the program's version, kept with what it writes
	Now   func() time.Time
	// Wait is how long to wait for another process that holds the case; zero
	// means 5 s, none if negative. Waiting is called once before it.
	Wait    time.Duration
	Waiting func()
}

// File is an open case. It is safe for use by several goroutines.
type File struct {
	path    string
	o       Options
	db      *sql.DB
	session int64
	packer  *zstd.Encoder
	opener  unpacker

	find, keep *sql.Stmt

	mu sync.Mutex // one exchange is looked up and kept at a time
}

// Open opens the case at path. What is wrong with the file is a *[FormatError],
// ErrDamaged, or ErrBusy.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == 0 {
		o.Wait = 5 * time.Second
	}
	if err := look(path, o.Write); err != nil {
		return nil, err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // beside which SQLite keeps its log
	}
	f := &File{path: path, o: o}
	if err := f.acquire(ctx); err != nil {
		return nil, err
	}
	if err := f.prepare(ctx); err != nil {
		return nil, errors.Join(told(path, err), f.db.Close())
	}
	return f, nil
}

// look says in plain words what SQLite would only give a number to.
func look(path string, write bool) error {
	stat, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && write:
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("open the case: %w", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("open the case: %w", err)
	case !stat.Mode().IsRegular():
		return &FormatError{Path: path, What: "is not a file"}
	}
	return nil
}

// acquire opens the database, and waits for whoever else has it, from when it
// was first found to be in use.
func (f *File) acquire(ctx context.Context) error {
	var end time.Time
	for {
		err := f.open(ctx)
		if err = told(f.path, err); !errors.Is(err, ErrBusy) || f.o.Wait < 0 {
			return err
		}
		if end.IsZero() {
			end = time.Now().Add(f.o.Wait)
			if f.o.Waiting != nil {
				f.o.Waiting()
			}
		} else if !time.Now().Before(end) {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// open takes the lock. A file left behind by a process that was killed has a
// log beside it, which only a writer can put in order.
func (f *File) open(ctx context.Context) error {
	write := f.o.Write || exists(f.path+"-wal") || exists(f.path+"-journal")
	connector, err := sqlite.NewConnector(source(f.path, write))
	if err != nil {
		return err
	}
	f.db = sql.OpenDB(connector)
	f.db.SetMaxOpenConns(1) // the lock belongs to the connection
	if err := bound(ctx, f.db); err != nil {
		return errors.Join(err, f.db.Close())
	}
	begin := "BEGIN EXCLUSIVE"
	if !write {
		begin = "BEGIN"
	}
	if err := f.exec(ctx, begin); err != nil {
		return errors.Join(err, f.db.Close())
	}
	if err := admit(ctx, f.db, f.path, f.o.Write); err != nil {
		return errors.Join(err, f.db.Close())
	}
	if !write {
		return nil // the open transaction keeps writers out
	}
	if err := f.exec(ctx, "COMMIT", "PRAGMA journal_mode = WAL"); err != nil {
		return errors.Join(err, f.db.Close())
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// source is the data source name of SQLite's driver. With synchronous NORMAL a
// log survives the end of the process at any moment, and the loss of power
// costs the last answers but never the order of the file.
func source(path string, write bool) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	name := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) +
		"?_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=busy_timeout(0)"
	if !write {
		return name + "&mode=ro"
	}
	return name + "&_pragma=locking_mode(EXCLUSIVE)&_pragma=synchronous(NORMAL)"
}

func (f *File) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := f.db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(s), err)
		}
	}
	return nil
}

func (f *File) prepare(ctx context.Context) error {
	var err error
	// The window is what an encoder remembers, and it keeps as much memory.
	if f.packer, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(1<<20)); err != nil {
		return err
	}
	if f.opener, err = newUnpacker(); err != nil {
		return err
	}
	if f.find, err = f.db.PrepareContext(ctx, findExchange); err != nil {
		return err
	}
	if !f.o.Write {
		return nil
	}
	if f.keep, err = f.db.PrepareContext(ctx, keepExchange); err != nil {
		return err
	}
	result, err := f.db.ExecContext(ctx, "INSERT INTO session (version, began) VALUES (?, ?)", f.o.Tool, f.now())
	if err != nil {
		return err
	}
	f.session, err = result.LastInsertId()
	return err
}

const timeLayout = "2006-01-02T15:04:05.000Z"

func (f *File) now() string { return f.o.Now().UTC().Format(timeLayout) }

// Path returns where the case is.
func (f *File) Path() string { return f.path }

// Close ends the session and leaves the case as one file.
func (f *File) Close() error {
	ctx := context.Background() // also where the run was interrupted
	var errs []error
	if f.o.Write {
		_, err := f.db.ExecContext(ctx, "UPDATE session SET ended = ? WHERE id = ?", f.now(), f.session)
		errs = append(errs, err, f.exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"))
	}
	if f.o.Write || exists(f.path+"-wal") {
		errs = append(errs, f.exec(ctx, "PRAGMA journal_mode = DELETE"))
	}
	for _, s := range []*sql.Stmt{f.find, f.keep} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	errs = append(errs, f.db.Close(), f.packer.Close())
	f.opener.close()
	return told(f.path, errors.Join(errs...))
}

// pack compresses; it is the same for the same bytes.
func (f *File) pack(b []byte) []byte { return f.packer.EncodeAll(b, nil) }

// unpack undoes it for a response.
func (f *File) unpack(packed []byte, size int64) ([]byte, error) {
	return f.opener.unpack(packed, size, maxResponse)
}
