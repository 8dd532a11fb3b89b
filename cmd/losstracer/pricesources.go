package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"losstracer/pricing"
	"losstracer/pricing/coingecko"
	"losstracer/pricing/llama"
	"losstracer/trace"
	"losstracer/trace/casefile"
)

// onChainSources are asked by default, in this order: they need nobody but the
// endpoint.
var onChainSources = []string{"chainlink", "vault", "uniswap"}

// serviceNames are the price services that are asked over HTTP.
var serviceNames = []string{"llama", "coingecko"}

// service is one of them.
type service struct {
	name string
	web  *pricing.Web
}

// source asks the service.
func (s service) source() pricing.Source {
	if s.name == "coingecko" {
		return coingecko.New(s.web)
	}
	return llama.New(s.web, 0)
}

func (s service) requests() trace.Requests {
	n, bytes := s.web.Requests()
	return trace.Requests{HTTP: n, Bytes: bytes}
}

// check refuses an order that names what there is not, or one twice, and an age that
// no quote can have.
func (o *priceOptions) check() error {
	if o.maxAge <= 0 {
		return &usageError{hint(fmt.Errorf("--max-price-age %s: no quote is as young", o.maxAge), "an age is written as 36h or 90m")}
	}
	for i, name := range o.order {
		switch {
		case name == "none" && len(o.order) > 1:
			return &usageError{errors.New("--price-source none stands alone")}
		case slices.Contains(o.order[:i], name):
			return &usageError{fmt.Errorf("--price-source names %s twice", name)}
		case name == "none", slices.Contains(onChainSources, name), slices.Contains(serviceNames, name):
		default:
			all := slices.Concat(onChainSources, serviceNames)
			return &usageError{hint(fmt.Errorf("unknown price source %q", name), "--price-source takes %s or none", strings.Join(all, ", "))}
		}
	}
	return nil
}

// priceOptions are the flags of whom to believe about prices.
type priceOptions struct {
	files  []string
	order  []string
	maxAge time.Duration
}

func (o *priceOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.files, "price-file", nil, "CSV `FILE` with asset_id,time,price_usd,source; may be repeated")
	f.StringSliceVar(&o.order, "price-source", onChainSources, "`NAMES` of whom to ask for prices, in order of preference, after price files: chainlink, vault (what shares redeem to), uniswap, llama, coingecko, or none")
	f.DurationVar(&o.maxAge, "max-price-age", pricing.DefaultMaxAge, "`AGE` that a quote may have at most")
}

// configure takes from the configuration what no flag says, and adds it to the
// settings: a case has to know it.
func (o *priceOptions) configure(conf config, settings []string) ([]string, error) {
	given := func(flag string) bool {
		return slices.ContainsFunc(settings, func(s string) bool { return strings.HasPrefix(s, "--"+flag+"=") })
	}
	if len(conf.PriceSources) > 0 && !given("price-source") {
		o.order = conf.PriceSources
		for _, name := range o.order {
			settings = append(settings, "--price-source="+name)
		}
	}
	if conf.MaxPriceAge != "" && !given("max-price-age") {
		age, err := time.ParseDuration(conf.MaxPriceAge)
		if err != nil {
			return nil, &usageError{hint(fmt.Errorf("%s: max_price_age %q", configName, conf.MaxPriceAge), "an age is written as 36h or 90m")}
		}
		o.maxAge = age
		settings = append(settings, "--max-price-age="+age.String())
	}
	return settings, nil
}

// Environment variables that hold the keys of price services, by the names
// that the services' own clients use.
const (
	coingeckoPaidKey = "COINGECKO_PRO_API_KEY"
	coingeckoFreeKey = "COINGECKO_DEMO_API_KEY"
	llamaKey         = "DEFILLAMA_API_KEY"
)

// priceServices returns what an order names, with the keys of the environment,
// or at the addresses of the configuration. Nothing is asked yet.
func priceServices(order []string, conf config, env environment) ([]service, error) {
	var list []service
	for _, name := range order {
		if !slices.Contains(serviceNames, name) {
			continue
		}
		base, o := llamaAt(env)
		if name == "coingecko" {
			base, o = coingeckoAt(env)
		}
		if own := conf.PriceServices[name]; own != "" {
			base = own
		}
		web, err := pricing.NewWeb(base, o)
		if err != nil {
			return nil, &usageError{hint(fmt.Errorf("%s: %w", name, err), "price_services in %s names it", configName)}
		}
		list = append(list, service{name, web})
	}
	return list, nil
}

func llamaAt(env environment) (base string, o pricing.WebOptions) {
	if key := env.get(llamaKey); key != "" {
		return llama.PaidURL + "/" + url.PathEscape(key) + "/coins", o
	}
	return llama.BaseURL, o
}

func coingeckoAt(env environment) (base string, o pricing.WebOptions) {
	if key := env.get(coingeckoPaidKey); key != "" {
		return coingecko.ProBaseURL, pricing.WebOptions{Header: coingecko.KeyHeader(key, true)}
	}
	return coingecko.BaseURL, pricing.WebOptions{Header: coingecko.KeyHeader(env.get(coingeckoFreeKey), false), Every: coingecko.Pace}
}

// asked returns services as sources.
func asked(services []service) []pricing.Source {
	var list []pricing.Source
	for _, s := range services {
		list = append(list, s.source())
	}
	return list
}

func spent(services []service) trace.Requests {
	var all trace.Requests
	for _, s := range services {
		all = sum(all, s.requests())
	}
	return all
}

func sum(a, b trace.Requests) trace.Requests {
	return trace.Requests{HTTP: a.HTTP + b.HTTP, RPC: a.RPC + b.RPC, Bytes: a.Bytes + b.Bytes}
}

// recorded is a service whose pages are kept in a case.
type recorded struct {
	service
	record *casefile.Service
}

// record links services to a case.
func record(ctx context.Context, f *casefile.File, services []service, update bool) ([]recorded, error) {
	var list []recorded
	for _, s := range services {
		r, err := f.Service(ctx, s.name, s.web.Host(), update)
		if err != nil {
			return nil, err
		}
		list = append(list, recorded{s, r})
	}
	return list, nil
}

// again returns services for one run.
func again(services []recorded) []recorded {
	var list []recorded
	for _, s := range services {
		r := s.record.Again()
		list = append(list, recorded{service{s.name, s.web.Recording(r, false)}, r})
	}
	return list
}

// offline returns services that answer from the case alone. Of several hosts of
// one service the first counts.
func offline(records []*casefile.Service, err error) ([]recorded, error) {
	var list []recorded
	for _, r := range records {
		if slices.ContainsFunc(list, func(o recorded) bool { return o.name == r.Name() }) {
			continue
		}
		web, err := pricing.NewWeb(r.Endpoint().Host, pricing.WebOptions{Record: r, Offline: true})
		if err != nil {
			return nil, fmt.Errorf("%w: price service %q", casefile.ErrDamaged, r.Endpoint().Host)
		}
		list = append(list, recorded{service{r.Name(), web}, r})
	}
	return list, err
}

// servicesOf is what a run has to know to ask the same again.
func servicesOf(services []recorded) []casefile.Endpoint {
	var list []casefile.Endpoint
	for _, s := range services {
		list = append(list, s.record.Endpoint())
	}
	return list
}
