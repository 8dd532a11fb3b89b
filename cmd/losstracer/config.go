package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"losstracer/chain"
)

// configName is the name of the optional configuration file, looked for beside
// the first write-up and then in the user's configuration folder.
const configName = "losstracer.yaml"

// config is what the file can set. Flags go before the environment, and that
// before the file.
type config struct {
	// Endpoints are URLs by chain. ${NAME} stands for an environment variable,
	// so that keys need not be written down.
	Endpoints map[string][]string `yaml:"endpoints"`
	Labels    []string            `yaml:"labels"` // paths, relative to the file
	Prices    []string            `yaml:"prices"` // likewise
	// PriceSources and MaxPriceAge are what the flags of those names say.
	PriceSources []string `yaml:"price_sources"`
	MaxPriceAge  string   `yaml:"max_price_age"`
	// PriceServices are the addresses of price services by name, where those
	// are not the services' own. ${NAME} is as in Endpoints.
	PriceServices map[string]string `yaml:"price_services"`
}

// readConfig finds and reads the configuration; the zero config where there is
// none.
func readConfig(args []string, env environment) (config, error) {
	for _, dir := range configDirs(args, env) {
		path := filepath.Join(dir, configName)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return config{}, fmt.Errorf("read the configuration: %w", err)
		}
		return parseConfig(path, text, env)
	}
	return config{}, nil
}

func configDirs(args []string, env environment) []string {
	var dirs []string
	if len(args) > 0 {
		dir := args[0]
		if stat, err := os.Stat(dir); err != nil || !stat.IsDir() {
			dir = filepath.Dir(dir)
		}
		dirs = append(dirs, dir)
	}
	switch home := env.get("HOME"); {
	case env.get("XDG_CONFIG_HOME") != "":
		dirs = append(dirs, filepath.Join(env.get("XDG_CONFIG_HOME"), "losstracer"))
	case env.get("APPDATA") != "":
		dirs = append(dirs, filepath.Join(env.get("APPDATA"), "losstracer"))
	case home != "":
		dirs = append(dirs, filepath.Join(home, ".config", "losstracer"))
	}
	return dirs
}

func parseConfig(path string, text []byte, env environment) (config, error) {
	var c config
	if len(bytes.TrimSpace(text)) == 0 {
		return c, nil
	}
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return c, hint(fmt.Errorf("%s:%s", path, placed(err)), "it may set endpoints, labels, prices, price_sources, max_price_age and price_services")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Endpoints)) {
		if _, ok := chain.NetworkByName(name); !ok {
			return c, hint(fmt.Errorf("%s:%d: unknown chain %q", path, lineOf(text, name+":"), name), "losstracer chains lists the names")
		}
		for i, raw := range c.Endpoints[name] {
			expanded, err := expand(raw, env)
			if err != nil {
				return c, fmt.Errorf("%s:%d: endpoint of %s: %w", path, lineOf(text, raw), name, err)
			}
			c.Endpoints[name][i] = expanded
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.PriceServices)) {
		if !slices.Contains(serviceNames, name) {
			return c, hint(fmt.Errorf("%s: unknown price service %q", path, name), "there are %s", strings.Join(serviceNames, " and "))
		}
		expanded, err := expand(c.PriceServices[name], env)
		if err != nil {
			return c, fmt.Errorf("%s: price service %s: %w", path, name, err)
		}
		c.PriceServices[name] = expanded
	}
	for _, list := range [][]string{c.Labels, c.Prices} {
		for i, file := range list {
			if !filepath.IsAbs(file) {
				list[i] = filepath.Join(filepath.Dir(path), file)
			}
		}
	}
	return c, nil
}

// placed is an error of the YAML reader as line, column and what is wrong there.
func placed(err error) string {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, at.GetMessage())
	}
	return " " + strings.TrimSpace(yaml.FormatError(err, false, false))
}

// lineOf is the line, from 1, on which something stands first.
func lineOf(text []byte, what string) int {
	before, _, _ := bytes.Cut(text, []byte(what))
	return 1 + bytes.Count(before, []byte("\n"))
}

// expand puts environment variables in; one that is not set is an error, for
// an endpoint without its key fails in ways that are harder to understand.
func expand(s string, env environment) (string, error) {
	var missing []string
	expanded := os.Expand(s, func(name string) string {
		value, ok := env.lookup(name)
		if !ok {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", hint(fmt.Errorf("the environment variable %s is not set", missing[0]), "set it, or write the URL out")
	}
	return expanded, nil
}

// of returns the endpoints of a chain, by any of its names.
func (c config) of(chainName string) []string {
	want, known := chain.NetworkByName(chainName)
	for _, name := range slices.Sorted(maps.Keys(c.Endpoints)) {
		if n, _ := chain.NetworkByName(name); known && n.ID == want.ID {
			return c.Endpoints[name]
		}
	}
	return nil
}

// urls returns all endpoints, in order of their chains' names.
func (c config) urls() []string {
	var urls []string
	for _, name := range slices.Sorted(maps.Keys(c.Endpoints)) {
		urls = append(urls, c.Endpoints[name]...)
	}
	return urls
}
