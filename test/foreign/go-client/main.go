// Refreshes and calls with golang.org/x/oauth2: reads what, as a line of JSON, and answers with a line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"golang.org/x/oauth2"
)

type asked struct {
	Issuer string
	ID     string
	Secret string
	Method string
	Token  string
}

type answer struct {
	Subject string `json:"sub,omitempty"`
	Token   string `json:"token,omitempty"`
	Error   string `json:"error,omitempty"`
}

var styles = map[string]oauth2.AuthStyle{
	"none":                oauth2.AuthStyleInParams,
	"client_secret_post":  oauth2.AuthStyleInParams,
	"client_secret_basic": oauth2.AuthStyleInHeader,
}

// Calls as a program does that holds a refresh token and an access token that is over.
func call(asked asked) (answer, error) {
	config := oauth2.Config{
		ClientID:     asked.ID,
		ClientSecret: asked.Secret,
		Endpoint:     oauth2.Endpoint{TokenURL: asked.Issuer + "/token", AuthStyle: styles[asked.Method]},
	}
	expired := &oauth2.Token{RefreshToken: asked.Token, Expiry: time.Unix(1, 0)}
	source := oauth2.ReuseTokenSource(nil, config.TokenSource(context.Background(), expired))
	response, err := oauth2.NewClient(context.Background(), source).Get(asked.Issuer + "/userinfo")
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		var told answer
		return told, json.Unmarshal(refused.Body, &told)
	}
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	var told answer
	if err := json.NewDecoder(response.Body).Decode(&told); err != nil {
		return answer{}, err
	}
	token, err := source.Token()
	if err != nil {
		return answer{}, err
	}
	told.Token = token.RefreshToken
	return told, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked asked
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		told, err := call(asked)
		if err != nil {
			panic(err)
		}
		if err := answers.Encode(told); err != nil {
			panic(err)
		}
	}
}
