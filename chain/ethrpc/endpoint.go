package ethrpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// endpoint is one URL, as one client asks it, and what was learned of it.
type endpoint struct {
	url     string
	host    string
	secrets *strings.Replacer
	o       *Options

	pace *pace // shared where the options name a budget

	vetting  sync.Mutex
	vetted   bool
	stranger error // it serves another chain

	mu       sync.Mutex
	failures int // requests in a row that did not go well
	answered bool
	counts   Requests
}

func newEndpoint(raw string, o *Options) (*endpoint, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("endpoint: want a URL that begins with http:// or https://")
	}
	return &endpoint{
		url: u.String(), host: u.Scheme + "://" + u.Host, secrets: secretsOf(u), o: o,
		pace: o.Budget.pace(u.String(), o),
	}, nil
}

// like returns the same endpoint for another client, at the same pace. Failures
// of the one are no sign that the other has no hope.
func (e *endpoint) like(o *Options) *endpoint {
	return &endpoint{url: e.url, host: e.host, secrets: e.secrets, o: o, pace: e.pace, answered: e.hasAnswered()}
}

// secretsOf builds what hides the key wherever an endpoint repeats it: every
// part of the URL besides scheme and host that is long enough to be one.
func secretsOf(u *url.URL) *strings.Replacer {
	var hide []string
	add := func(s string) {
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s)} {
			if len(form) >= 6 {
				hide = append(hide, form, "[masked]")
			}
		}
	}
	if password, ok := u.User.Password(); ok {
		add(password)
	}
	add(u.User.Username())
	for part := range strings.SplitSeq(u.Path, "/") {
		add(part)
	}
	for _, name := range sortedKeys(u.Query()) {
		for _, v := range u.Query()[name] {
			add(v)
		}
	}
	add(u.Fragment)
	return strings.NewReplacer(hide...)
}

func (e *endpoint) mask(s string) string { return e.secrets.Replace(s) }

// acquire waits until a request may be sent. An endpoint that others of the
// budget gave up, and that never answered here either, is not waited for.
func (e *endpoint) acquire(ctx context.Context) error {
	if silent := e.pace.silence(); silent != nil && !e.hasAnswered() {
		return silent
	}
	return e.pace.acquire(ctx)
}

func (e *endpoint) release() { e.pace.release() }

func (e *endpoint) hasAnswered() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.answered
}

// fine takes note of a request that went well.
func (e *endpoint) fine() {
	e.mu.Lock()
	e.failures, e.answered = 0, true
	e.mu.Unlock()
	e.pace.fine()
}

// trouble takes note of a request that failed, and reports whether there is
// no use in going on: too many did in a row, or there never was an answer. (A
// gateway shows web pages for a node that is well otherwise.)
func (e *endpoint) trouble(class Class, retryAfter time.Duration, err error) (hopeless bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failures++
	if retryAfter > longestWait {
		return true
	}
	if !e.answered && (class == Unreachable || class == NotRPC) {
		if e.pace.silence() != nil {
			return true
		}
		if hopeless = e.failures > min(2, e.o.Retries); hopeless {
			e.pace.giveUp(err)
		}
	}
	e.pace.trouble(class, retryAfter)
	if hopeless {
		return true
	}
	return e.failures > e.o.Retries+e.o.MaxInFlight
}

// post sends one request and returns its body of at most limit bytes, which is
// JSON-RPC of whatever status. The caller holds a slot.
func (e *endpoint) post(ctx context.Context, calls int, body []byte, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	res, err := e.open(ctx, calls, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := readAll(res.Body, res.ContentLength, limit)
	e.count(0, 0, int64(len(answer)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %w", e.host, ErrTruncated, e.scrub(err))
	case int64(len(answer)) > limit:
		return nil, e.tooLong(answer, limit)
	case !isRPC(answer, res.StatusCode), res.StatusCode == http.StatusTooManyRequests: // whose header says more than its body
		return nil, e.httpError(res, answer)
	}
	return answer, nil
}

// readAll reads at most one byte more than limit, into a buffer of the length
// that was announced. One that grew beyond what it holds is not kept: answers
// wait for each other.
func readAll(r io.Reader, announced, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if announced > 0 {
		b.Grow(int(min(announced, limit)) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if spare := b.Available(); spare > b.Len()/4 {
		return bytes.Clone(b.Bytes()), err
	}
	return b.Bytes(), err
}

var blockMember = []byte(`"blockNumber":"0x`)

// tooLong says that an answer is larger than allowed, and up to which block
// the part of it went that was read, if it is made of logs.
func (e *endpoint) tooLong(part []byte, limit int64) error {
	err := fmt.Errorf("%s: %w: over %d bytes", e.host, ErrTooLarge, limit)
	if at := bytes.LastIndex(part, blockMember); at >= 0 {
		digits, _, closed := bytes.Cut(part[at+len(blockMember):], []byte(`"`))
		if n, bad := parseQuantity(digits); closed && bad == nil {
			return fmt.Errorf("%w, as far as block %d", err, n)
		}
	}
	return err
}

func (e *endpoint) open(ctx context.Context, calls int, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.host, e.scrub(err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "losstracer")
	e.count(1, calls, 0)
	res, err := e.o.HTTP.Do(req)
	if err != nil {
		return nil, &UnreachableError{e.host, e.scrub(err)}
	}
	return res, nil
}

// scrub takes the URL, and with it the key, out of an error of net/http.
func (e *endpoint) scrub(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		err = dial.Err // without the address: who was called is said already
	}
	if s := err.Error(); e.mask(s) != s {
		return errors.New(e.mask(s))
	}
	return err
}

func (e *endpoint) httpError(res *http.Response, body []byte) error {
	text := strings.ToLower(string(body[:min(len(body), 512)]))
	return &HTTPError{
		Host: e.host, Status: res.StatusCode,
		WebPage:    strings.Contains(text, "<html") || strings.Contains(text, "<!doctype"),
		Text:       printable(e.mask(string(body[:min(len(body), 4*longestMessage)]))),
		RetryAfter: retryAfter(res.Header.Get("Retry-After"), e.o.Now()),
		Location:   redirect(res),
	}
}

// redirect returns scheme and host of where an answer points.
func redirect(res *http.Response) string {
	if res.StatusCode < 300 || res.StatusCode > 399 {
		return ""
	}
	to, err := res.Location()
	if err != nil {
		return "nowhere"
	}
	return printable(to.Scheme + "://" + to.Host)
}

// longestWait is how long an endpoint is waited for that says when it wants to
// be asked again: for longer, it is given up.
const longestWait = 10 * time.Minute

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3), of at most a
// day.
func retryAfter(s string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.Atoi(s); err == nil {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(s); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), 24*time.Hour)
}

func (e *endpoint) count(http, rpc int, bytes int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts.HTTP += http
	e.counts.RPC += rpc
	e.counts.Bytes += bytes
}
