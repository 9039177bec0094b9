module keyhold.example/generated

go 1.23

require (
	golang.org/x/oauth2 v0.27.0
	keyhold.example/client v0.0.0
)

replace keyhold.example/client => ../client
