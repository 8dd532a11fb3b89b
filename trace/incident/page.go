package incident

import (
	"net/url"
	"strings"
)

// page is the address of a page, taken apart.
type page struct {
	host     string
	path     []string
	query    [][2]string
	fragment string
}

// parsePage takes an address apart as far as it goes; it never fails.
func parsePage(raw string) page {
	raw = strings.TrimSpace(raw)
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		raw = rest
	}
	raw, fragment, _ := strings.Cut(raw, "#")
	raw, query, _ := strings.Cut(raw, "?")
	host, path, _ := strings.Cut(raw, "/")
	host = strings.ToLower(host)
	host, _, _ = strings.Cut(host, ":")
	p := page{host: strings.TrimPrefix(host, "www."), fragment: fragment}
	p.path = segments(path)
	p.addQuery(query)
	// Pages that route in the fragment: tronscan.org/#/address/T…
	if route, query, _ := strings.Cut(fragment, "?"); strings.Contains(route, "/") {
		p.path = append(p.path, segments(route)...)
		p.addQuery(query)
	}
	return p
}

func segments(path string) []string {
	var out []string
	for _, s := range strings.Split(path, "/") {
		if s = unescape(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (p *page) addQuery(query string) {
	for _, pair := range strings.Split(query, "&") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			p.query = append(p.query, [2]string{strings.ToLower(k), unescape(v)})
		}
	}
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// below reports whether the host is the given one or below it.
func (p page) below(host string) bool {
	return p.host == host || strings.HasSuffix(p.host, "."+host)
}
