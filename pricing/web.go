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
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"losstracer/chain"
)

// Page is what came of asking a price service, as evidence.
type Page struct {
	Host   string // scheme and host, never a key
	Path   string // path and query below the service's base, never a key
	Status int    // zero where no answer came
	// Body is as the service sent it. Of a status other than 200 it is without
	// what may be a key, and of what is no answer why there is none.
	Body []byte
	Time time.Time // when it was received; zero where the record does not tell
}

// Answer reports whether the page says something about prices. That the
// service does not know the asset is an answer too.
func (p Page) Answer() bool { return p.Status == http.StatusOK || p.Status == http.StatusNotFound }

// said returns the page, or what it says of why there is no answer.
func (p Page) said() (Page, error) {
	switch {
	case p.Answer():
		return p, nil
	case p.Status == 0:
		return Page{}, errors.New(string(p.Body))
	}
	return Page{}, &StatusError{p.Host, p.Status, string(p.Body)}
}

// Record keeps the pages of price services. It is used from several
// goroutines.
type Record interface {
	// Find returns the page last kept for this host and path, and whether there
	// is one. An error means that the record could not be read.
	Find(ctx context.Context, host, path string) (Page, bool, error)
	// Keep stores a page, also one that is no answer: where nothing may be
	// asked it is what comes back.
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
	sent  *sent
}

// sent counts what went over the wire.
type sent struct{ requests, bytes atomic.Int64 }

// Requests returns how many requests were sent, failed ones included, and how
// many bytes of bodies came back.
func (w *Web) Requests() (requests int, bytes int64) {
	return int(w.sent.requests.Load()), w.sent.bytes.Load()
}

// Recording returns a Web of the same service that keeps its pages in another
// record. Both keep to one pace together; each counts its own requests.
func (w *Web) Recording(r Record, offline bool) *Web {
	other := *w
	other.o.Record, other.o.Offline, other.sent = r, offline, new(sent)
	return &other
}

// NewWeb returns a Web of the service at base, which may hold a key in its
// path or query. Nothing is asked yet.
func NewWeb(base string, o WebOptions) (*Web, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("address of a price service: want http:// or https:// and a host")
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 30 * time.Second, CheckRedirect: stay}
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
	return &Web{base: u, o: o, limit: rate.NewLimiter(rate.Every(o.Every), 1), mask: secrets(u, o.Header), sent: new(sent)}, nil
}

// stay follows no redirection: another host would be sent the key, and its
// answer would be kept as that of this one.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

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
// that says 404 is an answer too: the service does not know the asset. What
// the record has is not asked again, unless it is no answer.
func (w *Web) Get(ctx context.Context, path string, query url.Values) (Page, error) {
	name := path
	if len(query) > 0 {
		name += "?" + query.Encode() // in order of the keys
	}
	if page, known, err := w.recall(ctx, name); known || err != nil {
		if err != nil {
			return Page{}, err
		}
		return page.said()
	}
	page, err := w.ask(ctx, path, name, query)
	if ctx.Err() != nil {
		return Page{}, ctx.Err()
	}
	if err != nil {
		page = w.failure(name, err)
	}
	if w.o.Record != nil {
		if problem := w.o.Record.Keep(ctx, page); problem != nil {
			return Page{}, fmt.Errorf("keep the answer of %s: %w", w.Host(), problem)
		}
	}
	return page, err
}

// recall returns what the record has, if that settles the question.
func (w *Web) recall(ctx context.Context, name string) (Page, bool, error) {
	if w.o.Record != nil {
		page, ok, err := w.o.Record.Find(ctx, w.Host(), name)
		if err != nil {
			return Page{}, false, fmt.Errorf("read the record of %s: %w", w.Host(), err)
		}
		if ok && (page.Answer() || w.o.Offline) {
			return page, true, nil
		}
	}
	if w.o.Offline {
		return Page{}, false, fmt.Errorf("%s%s: %w", w.Host(), chain.Printable(name, longestText), ErrNotRecorded)
	}
	return Page{}, false, nil
}

// failure is the page that says why there is no answer.
func (w *Web) failure(name string, err error) Page {
	p := Page{Host: w.Host(), Path: name, Body: []byte(err.Error()), Time: w.o.Now().UTC()}
	var status *StatusError
	if errors.As(err, &status) {
		p.Status, p.Body = status.Status, []byte(status.Text)
	}
	return p
}

// ask makes a request, again where a failure may pass.
func (w *Web) ask(ctx context.Context, path, name string, query url.Values) (Page, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = w.o.First
	page, err := backoff.Retry(ctx, func() (Page, error) { return w.try(ctx, path, name, query) },
		backoff.WithBackOff(pause), backoff.WithMaxTries(w.o.Tries), backoff.WithMaxElapsedTime(0))
	return page, last(err)
}

// last takes what steers the retries out of the error of the last try.
func last(err error) error {
	var status *StatusError
	var final *backoff.PermanentError
	switch {
	case err == nil:
		return nil
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
	w.sent.requests.Add(1)
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
	w.sent.bytes.Add(int64(len(body)))
	if int64(len(body)) > w.o.MaxBody {
		return Page{}, backoff.Permanent(fmt.Errorf("%s: %w: over %d bytes", w.Host(), ErrTooLarge, w.o.MaxBody))
	}
	page := Page{w.Host(), name, resp.StatusCode, body, w.o.Now().UTC()}
	if resp.StatusCode != http.StatusOK {
		// Some servers repeat the address that they were asked at.
		page.Body = []byte(w.mask.Replace(string(body)))
	}
	if page.Answer() {
		return page, nil
	}
	return Page{}, w.refused(resp, page.Body)
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
	err := &StatusError{w.Host(), resp.StatusCode, chain.Printable(string(body), longestText)}
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusRequestTimeout && resp.StatusCode < 500 {
		return backoff.Permanent(err)
	}
	switch pause := retryAfter(resp.Header.Get("Retry-After"), w.o.Now()); {
	case pause <= 0:
		return err
	case pause > longestWait:
		err.Text = fmt.Sprintf("wants to be asked again in %s: %s", pause, err.Text)
		return backoff.Permanent(err)
	default:
		return errors.Join(err, backoff.RetryAfter(int((pause+time.Second-1)/time.Second)))
	}
}

// retryAfter reads the header of that name, which holds seconds or a date (RFC
// 9110, section 10.2.3); zero where it holds neither.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(min(max(seconds, 0), 1<<30)) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return at.Sub(now)
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
