package pricing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"losstracer/chain"
)

// Page is an answer of a price service as evidence.
type Page struct {
	Host   string // scheme and host, never a key
	Path   string // path and query below the service's base, never a key
	Status int
	Body   []byte
	Time   time.Time // when it was received
}

// Record keeps the pages of price services. It is used from several
// goroutines.
type Record interface {
	// Find returns the page last kept for this host and path.
	Find(ctx context.Context, host, path string) (Page, bool, error)
	Keep(ctx context.Context, p Page) error
}

// Errors of a [Web] that callers may want to tell apart.
var (
	// ErrNotRecorded: nothing may be asked, and the record does not know.
	ErrNotRecorded = errors.New("not in the record")
	// ErrTooLarge: the page is longer than allowed.
	ErrTooLarge = errors.New("answer is larger than allowed")
)

// StatusError is an answer that is no price.
type StatusError struct {
	Host   string
	Status int
	Text   string // printable beginning of the body
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: HTTP %d %s: %s", e.Host, e.Status, http.StatusText(e.Status), e.Text)
}

// WebOptions says how a service is asked. The zero WebOptions works and is
// gentle.
type WebOptions struct {
	HTTP    *http.Client  // nil: one with a timeout of 30 s
	Header  http.Header   // sent and never recorded: the place for keys
	Record  Record        // nil: nothing is kept
	Offline bool          // answer from the record alone
	Every   time.Duration // least time between requests; default 200 ms
	Tries   uint          // of one request; default 5
	First   time.Duration // pause after the first failure, longer after each; default 1 s
	MaxBody int64         // bytes of one page; default 8 MiB
	Now     func() time.Time
}

// Web gets pages of one price service: each once, at a measured pace, again
// where a failure may pass, and from the record where that has it.
type Web struct {
	base  *url.URL
	o     WebOptions
	limit *rate.Limiter
	mask  *strings.Replacer
}

// NewWeb returns a Web of the service at base, which may hold a key in its
// path or query. Nothing is asked yet.
func NewWeb(base string, o WebOptions) (*Web, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("address of a price service: want http:// or https:// and a host")
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 30 * time.Second}
	}
	if o.Every == 0 {
		o.Every = 200 * time.Millisecond
	}
	if o.Tries == 0 {
		o.Tries = 5
	}
	if o.First == 0 {
		o.First = time.Second
	}
	if o.MaxBody == 0 {
		o.MaxBody = 8 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Web{base: u, o: o, limit: rate.NewLimiter(rate.Every(o.Every), 1), mask: secrets(u, o.Header)}, nil
}

// secrets masks whatever may be a key wherever a service repeats it.
func secrets(u *url.URL, header http.Header) *strings.Replacer {
	var pairs []string
	hide := func(s string) {
		if len(s) >= 8 {
			pairs = append(pairs, s, "***")
		}
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		hide(part)
	}
	for _, values := range []map[string][]string{u.Query(), header} {
		for _, list := range values {
			for _, v := range list {
				hide(v)
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

// Host returns the scheme and host of the service.
func (w *Web) Host() string { return w.base.Scheme + "://" + w.base.Host }

// Get returns the page at path, which is below the base, with a query. A page
// that says 404 is an answer too: the service does not know the asset.
func (w *Web) Get(ctx context.Context, path string, query url.Values) (Page, error) {
	name := path
	if len(query) > 0 {
		name += "?" + query.Encode() // in order of the keys
	}
	if w.o.Record != nil {
		p, ok, err := w.o.Record.Find(ctx, w.Host(), name)
		if err != nil {
			return Page{}, fmt.Errorf("read the record of %s: %w", w.Host(), err)
		}
		if ok {
			return p, nil
		}
	}
	if w.o.Offline {
		return Page{}, fmt.Errorf("%s%s: %w", w.Host(), chain.Printable(name, longestText), ErrNotRecorded)
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = w.o.First
	page, err := backoff.Retry(ctx, func() (Page, error) { return w.try(ctx, path, name, query) },
		backoff.WithBackOff(pause), backoff.WithMaxTries(w.o.Tries), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return Page{}, last(err)
	}
	if w.o.Record != nil {
		if err := w.o.Record.Keep(ctx, page); err != nil {
			return Page{}, fmt.Errorf("keep the answer of %s: %w", w.Host(), err)
		}
	}
	return page, nil
}

// last takes what steers the retries out of the error of the last try.
func last(err error) error {
	var status *StatusError
	var final *backoff.PermanentError
	switch {
	case errors.As(err, &status):
		return status
	case errors.As(err, &final):
		return final.Unwrap()
	}
	return err
}

const longestText = 300 // runes of somebody else's text that are worth keeping

// try makes one request. What may pass is returned as it is, what will not as
// permanent.
func (w *Web) try(ctx context.Context, path, name string, query url.Values) (Page, error) {
	if err := w.limit.Wait(ctx); err != nil {
		return Page{}, backoff.Permanent(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.address(path, query), nil)
	if err != nil {
		return Page{}, backoff.Permanent(fmt.Errorf("%s: path of the request: %w", w.Host(), errors.Unwrap(err)))
	}
	maps.Copy(req.Header, w.o.Header)
	resp, err := w.o.HTTP.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return Page{}, backoff.Permanent(ctx.Err())
		}
		return Page{}, fmt.Errorf("%s: %w", w.Host(), bare(err))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, w.o.MaxBody+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return Page{}, fmt.Errorf("%s: read answer: %w", w.Host(), err)
	}
	if int64(len(body)) > w.o.MaxBody {
		return Page{}, backoff.Permanent(fmt.Errorf("%s: %w: over %d bytes", w.Host(), ErrTooLarge, w.o.MaxBody))
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusNotFound {
		return Page{w.Host(), name, resp.StatusCode, body, w.o.Now().UTC()}, nil
	}
	return Page{}, w.refused(resp, body)
}

func (w *Web) address(path string, query url.Values) string {
	u := *w.base
	q := u.Query()
	for k, v := range query {
		q[k] = v
	}
	u.RawQuery = q.Encode()
	return u.JoinPath(path).String()
}

// bare takes the URL, which may hold a key, out of an error.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// longestWait is how long a service may make us wait.
const longestWait = 2 * time.Minute

func (w *Web) refused(resp *http.Response, body []byte) error {
	err := &StatusError{w.Host(), resp.StatusCode, chain.Printable(w.mask.Replace(string(body)), longestText)}
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 {
		return backoff.Permanent(err)
	}
	seconds, bad := strconv.Atoi(resp.Header.Get("Retry-After"))
	if bad != nil || seconds <= 0 || time.Duration(seconds)*time.Second > longestWait {
		return err
	}
	return errors.Join(err, backoff.RetryAfter(seconds))
}

// Pages is a Record in memory. The zero Pages is empty and ready.
type Pages struct {
	mu   sync.Mutex
	kept map[[2]string]Page
}

// Find implements [Record].
func (p *Pages) Find(_ context.Context, host, path string) (Page, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	page, ok := p.kept[[2]string{host, path}]
	return page, ok, nil
}

// Keep implements [Record].
func (p *Pages) Keep(_ context.Context, page Page) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.kept = map[[2]string]Page{}
	}
	p.kept[[2]string{page.Host, page.Path}] = page
	return nil
}

// Len returns the number of pages.
func (p *Pages) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.kept)
}
