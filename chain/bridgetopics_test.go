package chain

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// The first topics as explorers and the bridges' own tools have them: a wrong
// type in one of our signatures would make an event invisible.
func TestBridgeTopics(t *testing.T) {
	t.Parallel()
	departures := map[string][]string{
		"Across": {
			"0x32ed1a409ef04c7b0227189c3a103dc5ac10e775a15b785dcc510201f7c25ad3", "0xa123dc29aebf7d0c3322c8eeb5b999e859f39937950ed31056532713d0de396f",
			"0xafc4df6845a4ab948b492800d3d8a25d538a102a2bc07cd01f1cfa097fddcff6", "0x4a4fc49abd237bfd7f4ac82d6c7a284c69daaea5154430cff04ad7482c6c4254",
		},
		"LayerZero": {"0x1ab700d4ced0c005b164c0f789fd09fcbb0156d4c2041b8a3bfbcd961cd1567f"},
		"Stargate":  {"0x15955c5a4cc61b8fbb05301bce47fd31c0e6f935e1ab97fdac9b134c887bb074", "0xe9bded5f24a4168e4f3bf44e00298c993b22376aad8c58c7dda9718a54cbea82"},
		"Wormhole":  {"0x6eb224fb001ed210e379b335e35efe88672a8ce935d981a6896b27ffdf52a3b2"},
		"Hop":       {"0x0a0607688c86ec1775abcdbab7b33a3a35a6c9cde677c9be880150c231cc6b0b", "0xe35dddd4ea75d7e9b3fe93af4f4e40e778c3da4074c9d93e7c6536f1e803c1eb"},
		"Synapse": {
			"0xda5273705dbef4bf1b902a131c2eac086b7e1476a8ab0cb4da08af1fe1bd8e3b", "0xdc5bad4651c5fbe9977a696aadc65996c468cde1448dd468ec0d83bf61c4b57c",
			"0x79c15604b92ef54d3f61f0c40caab8857927ca3d5092367163b4562c1699eb5f", "0x91f25e9be0134ec851830e0e76dc71e06f9dade75a9b84e9524071dbbc319425",
			"0x9a7024cde1920aa50cdde09ca396229e8c4d530d5cfdc6233590def70a94408c", "0x8e57e8c5fea426159af69d47eda6c5052c7605c9f70967cf749d4aa55b70b499",
		},
		"Celer cBridge": {
			"0x89d8051e597ab4178a863a5190407b98abfeff406aa8db90c59af76612e58f01", "0x15d2eeefbe4963b5b2178f239ddcc730dda55f1c23c22efb79ded0eb854ac789",
			"0x28d226819e371600e26624ebc4a9a3947117ee2760209f816c789d3a99bf481b", "0x75f1bf55bb1de41b63a775dc7d4500f01114ee62b688a6b11d34f4692c1f3d43",
			"0x6298d7b58f235730b3b399dc5c282f15dae8b022e5fbbf89cee21fd83c8810a3",
		},
		"deBridge DLN": {"0xfc8703fd57380f9dd234a89dce51333782d49c5902f307b02f03e014d18fe471", "0x47ef43a379911343a1cc752617be7096d678feac64600f0f94e63062722735af"},
		"Multichain": {
			"0x97116cf6cd4f6412bb47914d6db18da9e16ab2142f543b86e207c24fbd16b23a", "0x409e0ad946b19f77602d6cf11d59e1796ddaa4828159a0b4fb7fa2ff6b161b79",
			"0x0d969ae475ff6fcaf0dcfa760d4d8607244e8d95e9bf426f8d5d69f9a3e525af",
		},
		"Chainflip": {
			"0x6757034e841d88190e95fa8a7570ce6cb721257474400c3282ec536eab810540", "0x834b524d9f8ccbd31b00b671c896697b96eb4398c0f56e9386a21f5df61e3ce3",
			"0x47705cc9a85c5f679e1f4e8e7fbd459b8267bc61fa3111ced6fe84f71d7d889e", "0x030b52f4ea12be896482bc46f95fb31f1ac9457bc1a2a206981fbd18a69cc6e3",
		},
		"Linea bridge": {"0xe856c2b8bd4eb0027ce32eeaf595c21b0b6b4644b326e5b7bd80a1cf8db72e6c", "0x8780a94875b70464f8ac6c28851501d32e7fd4ee574e4b94beb28923a3c42d9c"},
		"Scroll bridge": {
			"0x104371f3b442861a2a7b82a070afbbaab748bb13757bf47769e170e37809ec1e", "0x6670de856ec8bf5cb2b7e957c5dc24759716056f79d97ea5e7c939ca0ba5a675",
			"0xd8ed6eaa9a7a8980d7901e911fde6686810b989d3082182d1d3a3df6306ce20e", "0x31cd3b976e4d654022bf95c68a2ce53f1d5d94afabe0454d2832208eeb40af25",
			"0xd8d3a3f4ab95694bef40475997598bcf8acd3ed9617a4c1013795429414c27e8",
		},
		"ZKsync bridge": {
			"0x4531cd5795773d7101c17bdeb9f5ab7f47d7056017506f937083be5d6e77a382", "0xdd341179f4edc78148d894d0213a96d212af2cbaf223d19ef6d483bdd47ab81d",
			"0x8768405a01370685449c74c293804d6c9cc216d170acdbdba50b33ed4144447f", "0x1cd02155ad1064c60598a8bd0e4e795d7e7d0a0f3c38aad04d261f1297fb2545",
			"0x2717ead6b9200dd235aad468c9809ea400fe33ac69b5bfaa6d3e90fc922b6398", "0xc405fe8958410bbaf0c73b7a0c3e20859e86ca168a4c9b0def9c54d2555a306b",
			"0x2fc3848834aac8e883a2d2a17a7514dc4f2d3dd268089df9b9f5d918259ef3b0",
		},
		"LI.FI":     {"0xcba69f43792f9f399347222505213b55af8e0b0b54b893085c2e27ecbe1644f1"},
		"THORChain": {"0xef519b7eb82aaf6ac376a6df2d793843ebfd593de5f1a0601d3cc6ab49ebb395"},
		"CCTP":      {"0x2fa9ca894982930190727e75500a97d8dc500233a5065e0f3126c48fbe0343c0", "0x0c8c1cbdc5190613ebd485511d4e2812cfa45eecb79d845893331fedad5130a5"},
		"OP Stack bridge": {
			"0x35d79ab81f2b2017e19afb5c5571778877782d7a8786f5907f93b0f4702f4f23", "0x2849b43074093a05396b6f2a937dee8565b15a48a7b3d4bffb732a5017380af5",
			"0x718594027abd4eaed59f95162563e0cc6d0e8d5b86b1c7be8b1b0ac3343d0396", "0x73d170910aba9e6d50b102db522b1dbcd796216f5128b445aa2135272886497e",
			"0x7ff126db8024424bbfd9826e8ab82ff59136289ea440b04b39a0df1b03b9cabf", "0xb3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32",
			"0x02a52367d10742d8032712c1bb8e0144ff1ec5ffda1ed7d70bb05a2744955054",
			"0x321b860de8dcec5080cae77af335971688a4c0bc3d79d6cf3d6f2cc3894798bc", "0x5da382596b838a63b4248e533d8e399b3b0f13ba6c6679f670489d44716cb173", // Mantle's
		},
		"Arbitrum bridge": {
			"0xff64905f73a67fb594e0f940a8075a860db489ad991e032f48c81123eb52d60b", "0xb8910b9960c443aac3240b98585384e3a6f109fbf6969e264c3f183d69aba7e1",
			"0x3073a74ecb728d10be779fe19a74a1428e20468f5b4d167bf9c73d9067847d73", "0x3e7aafa77dbf186b7fd488006beff893744caa3c4f6f299e8a709fa2087374fc",
		},
		"Polygon PoS bridge": {
			"0x3e799b2d61372379e767ef8f04d65089179b7a6f63f9be3065806456c7309f1b", "0x9b217a401a5ddf7c4d474074aff9958a18d48690d77cc2151c4706aa7348b401",
			"0x1dadc8d0683c6f9824e885935c1bec6f76816730dcec148dda8cf25a7b9f797b", "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
			"0xebff2602b3f468259e1e99f613fed6691f3a6526effe6ef3e768ba7ae7a36c4f", "0x31472eae9e158460fea5622d1fcb0c5bdc65b6ffb51827f7bc9ef5788410c34c",
		},
	}
	for _, e := range bridgeEvents {
		want, ok := departures[e.bridge]
		if !ok {
			continue // Polygon's Fx tunnels: nobody's contract, and no list has their event
		}
		if !containsHash(want, e.topic) {
			t.Errorf("%s reads %s, which is none of its published events", e.bridge, e.topic)
		}
	}
	for bridge, all := range departures {
		read := 0
		for _, e := range bridgeEvents {
			if e.bridge == bridge {
				read++
			}
		}
		if read != len(all) {
			t.Errorf("%s: %d events are read, %d are listed", bridge, read, len(all))
		}
	}
	for name, test := range map[string]struct {
		got  common.Hash
		want string
	}{
		"Across FilledRelay":             {topicFilledRelay, "0x44b559f101f8fbcc8a0ea43fa91a05a729a5ea6e14a7c75aa750374690137208"},
		"Across FilledV3Relay":           {topicFilledV3Relay, "0x571749edf1d5c9599318cdbc4e28a6475d65e87fd3b2ddbe1e9a8d5e7a0f0ff7"},
		"Across FilledRelay of V2.5":     {topicFilledV25Relay, "0x8ab9dc6c19fe88e69bc70221b339c84332752fdd49591b7c51e66bae3947b73c"},
		"OFTSent":                        {topicOFTSent, "0x85496b760a4b7f8d66384b9df21b381f5d1b1e79f229a47aaf4c232edc2fe59a"},
		"OFTReceived":                    {topicOFTReceived, "0xefed6d3500546b29533b128a29e3a94d70788727f0507505ac12eaf2e578fd9c"},
		"Stargate V1 Swap":               {topicStargateSwap, "0x34660fc8af304464529f48a778e03d03e4d34bcd5f9b6f0cfbf3cd238c642f7f"},
		"LayerZero PacketReceived":       {topicPacketReceived, "0x2bd2d8a84b748439fd50d79a49502b4eb5faa25b864da6a9ab5c150704be9a4d"},
		"Wormhole TransferRedeemed":      {topicTransferRedeemed, "0xcaf280c8cfeba144da67230d9b009c8f868a75bac9a528fa0474be1ba317c169"},
		"Hop WithdrawalBonded":           {topicHopBonded, "0x0c3d250c7831051e78aa6a56679e590374c7c424415ffe4aa474491def2fe705"},
		"Hop TransferFromL1Completed":    {topicHopFromL1, "0x320958176930804eb66c2343c7343fc0367dc16249590c0f195783bee199d094"},
		"Celer Relay":                    {topicCelerRelay, "0x79fa08de5149d912dce8e5e8da7a7c17ccdf23dd5d3bfe196802e6eb86347c7c"},
		"Synapse TokenWithdraw":          {synapseArrivals[0], "0x8b0afdc777af6946e53045a4a75212769075d30455a212ac51c9b16f9c5c9b26"},
		"Synapse TokenMint":              {synapseArrivals[1], "0xbf14b9fde87f6e1c29a7e0787ad1d0d64b4648d8ae63da21524d9fd0f283dd38"},
		"Synapse TokenMintAndSwap":       {synapseArrivals[2], "0x4f56ec39e98539920503fd54ee56ae0cbebe9eb15aa778f18de67701eeae7c65"},
		"Synapse TokenWithdrawAndRemove": {synapseArrivals[3], "0xc1a608d0f8122d014d03cc915a91d98cef4ebaf31ea3552320430cba05211b6d"},
		"OP Stack WithdrawalFinalized":   {topicOPFinalized, "0xdb5c7652857aa163daadd670e116628fb42e869d8ac4251ef8971d9e5727df1b"},
		"Arbitrum MessageDelivered":      {topicMessageDelivered, "0x5e3c1311ea442664e8b1611bfabef659120ea7a0a2cfc0667700bebc69cbffe1"},
		"Arbitrum RedeemScheduled":       {topicRedeemScheduled, "0x5ccd009502509cf28762c67858994d85b163bb6e451f5e9df7c5e18c9c2e123e"},
		"Arbitrum OutBoxExecuted":        {topicOutBoxExecuted, "0x20af7f3bbfe38132b8900ae295cd9c8d1914be7052d061a511f3f728dab18964"},
		"DLN FulfilledOrder":             {topicsDLNFulfilled[0], "0xc164aca37b9805a1c9027b6f32260a069723a82926f6e9ece4926e4dd3ea8ecf"},
		"DLN FulfilledOrder of before":   {topicsDLNFulfilled[1], "0xd281ee92bab1446041582480d2c0a9dc91f855386bb27ea295faac1e992f7fe4"},
		"Multichain LogAnySwapIn":        {topicMultichainIn, "0xaac9ce45fe3adf5143598c4f18a369591a20a3384aedaf1b525d29127e1fcd55"},
		"Multichain LogAnySwapIn of V7":  {topicMultichainV7In, "0x164f647883b52834be7a5219336e455a23a358be27519d0442fc0ee5e1b1ce2e"},
		"Linea MessageClaimed":           {topicLineaClaimed, "0xa4c827e719e911e8f19393ccdb85b5102f08f0910604d340ba38390b7ff2ab0e"},
		"Scroll RelayedMessage":          {topicScrollRelayed, "0x4641df4a962071e12719d8c8c8e5ac7fc4d97b927346a3d7a335b1f7517e133c"},
		"ZKsync BridgeMint":              {topicZkMint, "0xbc0f4055a7869d8ecad34b33382a0bc181c5811565fec42f335505be5fd661d2"},
		"ZKsync, the shared bridge":      {topicZkSharedPaid, "0x05518b128f0a9b11ddddebd5211a7fc2f4a689dab3a3e258d93eb13049983c3e"},
		"ZKsync, the bridge before":      {topicZkLegacyPaid, "0xac1b18083978656d557d6e91c88203585cfda1031bdb14538327121ef140d383"},
		"ZKsync EthWithdrawalFinalized":  {topicZkEtherPaid, "0x26464d64ddb13f6d187de632d165bd1065382ec0b66c25c648957116e7bc25c8"},
		"ZKsync, ether in the vault":     {zkEtherOfVault, "0x05e1c3ae4b9732444ae25217ac7666e46fa365fee1768de00c9fcb65532b7609"},
		"Mantle SentMessageExtension1":   {topicMantleSentValue, "0xcf00802ba1f8c659140235227979ca08afaba336a9f9fdc4a5107ed9e8013d08"},
		"Mantle RelayedMessage":          {topicMantleRelayed, "0x4641df4a962071e12719d8c8c8e5ac7fc4d97b927346a3d7a335b1f7517e133c"},
		"Celer Mint":                     {topicCelerMint, "0x5bc84ecccfced5bb04bfc7f3efcdbe7f5cd21949ef146811b4d1967fe41f777a"},
		"Celer Withdrawn":                {topicCelerWithdrawn, "0x296a629c5265cb4e5319803d016902eb70a9079b89655fe2b7737821ed88beeb"},
		"Polygon ExitedEther":            {topicExitedEther, "0x0fc0eed41f72d3da77d0f53b9594fc7073acd15ee9d7c536819a70a67c57ef3c"},
		"Polygon plasma Withdraw":        {topicPlasmaExited, "0xfeb2000dca3e617cd6f3a8bbb63014bb54a124aac6ccbf73ee7229b4cd01f120"},
		"Polygon StateSynced":            {topicStateSynced, "0x103fed9db65eac19c4d870f49ab7520fe03b99f1838e5996caf47e9e43308392"},
		"Polygon StateCommitted":         {topicStateCommitted, "0x5a22725590b0a51c923940223f7458512164b1113359a735e86e7f27f44791ee"},
		"CCTP MessageReceived":           {topicCCTPReceived, "0x58200b4c34ae05ee816d710053fff3fb75af4395915d3d2a771b24aa10e3cc5d"},
		"CCTP MessageReceived of V2":     {topicCCTPv2Received, "0xff48c13eda96b1cceacc6b9edeedc9e9db9d6226afbc30146b720c19d3addb1c"},
	} {
		if test.got != common.HexToHash(test.want) {
			t.Errorf("%s: want %s, got %s", name, test.want, test.got)
		}
	}
}

func containsHash(all []string, h common.Hash) bool {
	for _, s := range all {
		if common.HexToHash(s) == h {
			return true
		}
	}
	return false
}
