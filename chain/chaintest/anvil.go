package chaintest

import (
	"bufio"
	"errors"
	"io"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

// AnvilVariable is the environment variable that names the anvil program,
// where it is not in the PATH.
const AnvilVariable = "LOSSTRACER_ANVIL"

// keepAlive runs anvil for as long as its standard input is open, which ends
// with the test process however that ends.
const keepAlive = `"$@" & node=$!; exec >&- 2>&-; read -r _; kill $node; wait $node`

// Anvil starts an anvil node, of Foundry, on a free port of 127.0.0.1 and
// stops it when the test ends. The test is skipped where there is none. The
// node is started with args beside those for address and port. Unless they
// raise --max-persisted-states it forgets the state of old blocks.
func Anvil(t testing.TB, args ...string) (url string) {
	t.Helper()
	program := os.Getenv(AnvilVariable)
	if program == "" {
		found, err := exec.LookPath("anvil")
		if err != nil {
			t.Skipf("%s skipped: no anvil in the PATH, and %s is not set", t.Name(), AnvilVariable)
		}
		program = found
	}
	args = append([]string{"-c", keepAlive, "sh", program, "--host", "127.0.0.1", "--port", "0"}, args...)
	cmd := exec.Command("sh", args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "NO_COLOR=1")
	input, err1 := cmd.StdinPipe()
	output, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatalf("start anvil: %v", err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatalf("start anvil: %v", err)
	}
	t.Cleanup(func() {
		// Closing its input is what stops it; the status it then exits with
		// is that of a program that was told to.
		_ = input.Close()
		_ = cmd.Wait()
	})
	return "http://" + anvilAddress(t, output)
}

// anvilAddress reads what anvil prints until it says where it listens.
func anvilAddress(t testing.TB, output io.Reader) string {
	t.Helper()
	address, printed := make(chan string, 1), make(chan string, 1)
	go func() {
		var all strings.Builder
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if a, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "Listening on "); ok {
				address <- a
				break
			}
			all.WriteString(lines.Text() + "\n")
		}
		printed <- all.String()
		// A full pipe would stop the node. What ends the copying is the node's end.
		_, _ = io.Copy(io.Discard, output)
	}()
	select {
	case a := <-address:
		return a
	case text := <-printed:
		select {
		case a := <-address:
			return a
		default:
			t.Fatalf("anvil did not start:\n%s", text)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("anvil did not say within 30 s where it listens")
	}
	return ""
}

// Steering controls an anvil node. What fails ends the test.
type Steering struct {
	t testing.TB
	c *rpc.Client
}

// Steer connects to the anvil node at url.
func Steer(t testing.TB, url string) *Steering {
	t.Helper()
	c, err := rpc.DialContext(t.Context(), url)
	if err != nil {
		t.Fatalf("steer anvil: %v", err)
	}
	t.Cleanup(c.Close)
	return &Steering{t, c}
}

// Call makes any JSON-RPC call; result may be nil.
func (s *Steering) Call(result any, method string, args ...any) {
	s.t.Helper()
	if err := s.c.CallContext(s.t.Context(), result, method, args...); err != nil {
		s.t.Fatalf("anvil: %s: %v", method, err)
	}
}

// Impersonate lets anybody send txs of a.
func (s *Steering) Impersonate(a common.Address) {
	s.t.Helper()
	s.Call(nil, "anvil_impersonateAccount", a)
}

// SetBalance gives a exactly wei.
func (s *Steering) SetBalance(a common.Address, wei *big.Int) {
	s.t.Helper()
	s.Call(nil, "anvil_setBalance", a, bigJSON(wei))
}

// SetNonce makes n the nonce of the next tx of a.
func (s *Steering) SetNonce(a common.Address, n uint64) {
	s.t.Helper()
	s.Call(nil, "anvil_setNonce", a, hexutil.Uint64(n))
}

// SetCode makes a a contract with this runtime code.
func (s *Steering) SetCode(a common.Address, runtime []byte) {
	s.t.Helper()
	s.Call(nil, "anvil_setCode", a, hexutil.Bytes(runtime))
}

// NextTime sets the time of the next block, in Unix seconds.
func (s *Steering) NextTime(time uint64) {
	s.t.Helper()
	s.Call(nil, "evm_setNextBlockTimestamp", hexutil.Uint64(time))
}

// Mine mines n blocks, the first with the waiting txs, a second apart.
func (s *Steering) Mine(n uint64) {
	s.t.Helper()
	s.Call(nil, "anvil_mine", hexutil.Uint64(n))
}

// Send sends a tx of an impersonated account; a nil to creates a contract.
func (s *Steering) Send(from common.Address, to *common.Address, wei *big.Int, data []byte) common.Hash {
	s.t.Helper()
	tx := map[string]any{"from": from, "value": bigJSON(wei), "input": hexutil.Bytes(data)}
	if to != nil {
		tx["to"] = to
	}
	var hash common.Hash
	s.Call(&hash, "eth_sendTransaction", tx)
	return hash
}

// SendSigned sends a tx that somebody signed.
func (s *Steering) SendSigned(tx *types.Transaction) common.Hash {
	s.t.Helper()
	raw, err := tx.MarshalBinary()
	if err != nil {
		s.t.Fatalf("anvil: encode tx: %v", err)
	}
	var hash common.Hash
	s.Call(&hash, "eth_sendRawTransaction", hexutil.Bytes(raw))
	return hash
}

// Receipt returns the receipt of a tx, for which it waits: anvil answers to a
// tx before it has mined it.
func (s *Steering) Receipt(tx common.Hash) *types.Receipt {
	s.t.Helper()
	for range 500 {
		var r *types.Receipt
		if s.Call(&r, "eth_getTransactionReceipt", tx); r != nil {
			return r
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("anvil: no receipt of %s within 5 s", tx)
	return nil
}
