package casefile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"modernc.org/sqlite"

	"losstracer/chain"
)

// The errors that callers branch on.
var (
	// ErrBusy: another process holds the case.
	ErrBusy = errors.New("the case is in use by another process")
	// ErrDamaged: the file is not what SQLite wrote.
	ErrDamaged = errors.New("the file is damaged")
	// ErrDenied: the file, or the folder that it is in, cannot be opened or written.
	ErrDenied = errors.New("the case cannot be opened or written here")
	// ErrFull: what was asked for could not be put down; what was before is whole.
	ErrFull = errors.New("the disk is full or failing")
	// ErrNoRun: nothing was ever checked with this case.
	ErrNoRun = errors.New("no write-up was checked with this case yet")
)

// FormatError says that a file is not a case that can be used.
type FormatError struct {
	Path         string
	What         string
	OtherVersion bool // another version of the program can read it
}

func (e *FormatError) Error() string { return e.Path + " " + e.What }

// URLError says that a URL is none of an endpoint. It does not show the URL.
type URLError struct{ Err error }

func (e *URLError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *URLError) Unwrap() error { return e.Err }

// DigestError says that something stored does not have its SHA-256.
type DigestError struct {
	What string
}

func (e *DigestError) Error() string {
	return e.What + " does not have the SHA-256 that was stored with it"
}

// ChainError says that an endpoint serves another chain than when the case was
// recorded from it.
type ChainError struct {
	Host     string
	Was, Now uint64 // chain ids
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("%s serves chain %d, and the case has chain %d from there", e.Host, e.Now, e.Was)
}

// ReorgError says that a block that the case rests on is no longer part of the
// chain.
type ReorgError struct {
	Host     string
	Network  chain.Network
	Block    uint64
	Was, Now common.Hash
}

func (e *ReorgError) Error() string {
	return fmt.Sprintf("block %d of %s was %s when it was recorded and is %s now: the chain was reorganised", e.Block, e.Network.Title, e.Was, e.Now)
}

// Primary result codes, https://www.sqlite.org/rescode.html.
const (
	codeError    = 1
	codePerm     = 3
	codeBusy     = 5
	codeLocked   = 6
	codeReadOnly = 8
	codeInput    = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeTooBig   = 18
	codeNotADB   = 26

	extendedLock = 3850 // SQLITE_IOERR_LOCK, also where a file may only be read
)

// told puts what SQLite says in our words.
func told(path string, err error) error {
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	if e.Code() == extendedLock {
		return fmt.Errorf("%s: %w: %s", path, ErrDenied, e.Error())
	}
	switch e.Code() & 0xff {
	case codeBusy, codeLocked:
		return fmt.Errorf("%s: %w", path, ErrBusy)
	case codeCorrupt:
		return fmt.Errorf("%s: %w: %s", path, ErrDamaged, e.Error())
	case codeError:
		if strings.Contains(e.Error(), "malformed JSON") {
			return fmt.Errorf("%s: %w: %s", path, ErrDamaged, e.Error())
		}
	case codeTooBig:
		return fmt.Errorf("%s: %w: a value in it is longer than any that a case has", path, ErrDamaged)
	case codePerm, codeReadOnly, codeCantOpen:
		return fmt.Errorf("%s: %w: %s", path, ErrDenied, e.Error())
	case codeInput, codeFull:
		return fmt.Errorf("%s: %w: %w", path, ErrFull, err)
	case codeNotADB:
		return &FormatError{Path: path, What: "is not a case file"}
	}
	return fmt.Errorf("%s: %w", path, err)
}
